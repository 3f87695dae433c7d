//! Following redirects (Fetch, section 4.4 "HTTP-redirect fetch").

use http::header::{
    ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE,
    CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE, HeaderName, LOCATION, USER_AGENT,
};
use http::{HeaderMap, Method, StatusCode, Uri};
use iri_string::types::{UriReferenceStr, UriStr};
use percent_encoding::{AsciiSet, CONTROLS, percent_encode};

use crate::error::Redirect;

/// What another origin may see. Everything else could be a credential: an API key has no standard
/// name.
const HARMLESS: [HeaderName; 9] = [
    ACCEPT,
    ACCEPT_ENCODING,
    ACCEPT_LANGUAGE,
    CACHE_CONTROL,
    CONTENT_ENCODING,
    CONTENT_LANGUAGE,
    CONTENT_LOCATION,
    CONTENT_TYPE,
    USER_AGENT,
];

const OF_A_BODY: [HeaderName; 5] =
    [CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH, CONTENT_LOCATION, CONTENT_TYPE];

/// What is in an address although it should not be, and browsers write in another way.
const STRAY: AsciiSet = CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Where a request goes, and what of it may go there.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) uri: Uri,
    pub(crate) method: Method,
    /// A redirect has turned the request into one without a body.
    pub(crate) is_bare: bool,
    /// A redirect has led to another origin. That it led back later changes nothing.
    pub(crate) is_foreign: bool,
}

impl Target {
    pub(crate) fn new(uri: Uri, method: Method) -> Self {
        Self { uri, method, is_bare: false, is_foreign: false }
    }

    /// Whether a status is a redirect that is followed.
    pub(crate) fn is_redirect(status: StatusCode) -> bool {
        matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
    }

    /// Where a redirect leads.
    pub(crate) fn follow(
        &mut self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<(), Redirect> {
        let location = headers.get(LOCATION).ok_or(Redirect::NoLocation)?;
        if location.is_empty() {
            return Err(Redirect::NoLocation);
        }
        let uri = resolve(&self.uri, location.as_bytes()).ok_or(Redirect::NoTarget)?;

        let becomes_get = match status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.is_bare = true;
        }
        self.is_foreign |= origin(&uri) != origin(&self.uri);
        self.uri = uri;
        Ok(())
    }

    /// Takes away what may not go there.
    pub(crate) fn restrict(&self, headers: &mut HeaderMap) {
        if self.is_bare {
            OF_A_BODY.iter().for_each(|name| drop(headers.remove(name)));
        }
        if self.is_foreign {
            let allowed =
                HARMLESS.iter().filter_map(|name| Some((name.clone(), headers.get(name)?.clone())));
            *headers = allowed.collect();
        }
    }
}

fn resolve(base: &Uri, location: &[u8]) -> Option<Uri> {
    let base = clean(base.to_string().as_bytes());
    let base = UriStr::new(&base).ok()?;
    let location = clean(location);
    let location = UriReferenceStr::new(&location).ok()?;
    let location = location.resolve_against(base.to_absolute().as_ref()).to_string();
    let uri: Uri = location.split('#').next()?.parse().ok()?;
    is_http(&uri).then_some(uri)
}

/// Writes what is no part of an address in the way that is. Brackets stay around an IPv6 address.
fn clean(address: &[u8]) -> String {
    let authority = address.windows(2).position(|bytes| bytes == b"//").map_or(0, |at| at + 2);
    let path = address[authority..].iter().position(|byte| b"/?#".contains(byte));
    let path = path.map_or(if authority > 0 { address.len() } else { 0 }, |at| authority + at);
    // Two slashes in a query are no authority.
    let is_path = authority > 0 && address[..authority].iter().any(|byte| b"?#".contains(byte));
    let (head, tail) = address.split_at(if authority == 0 || is_path { 0 } else { path });
    let head = String::from_utf8_lossy(head);
    format!("{head}{}", percent_encode(tail, &STRAY))
}

/// Whether it is one that can be asked.
pub(crate) fn is_http(uri: &Uri) -> bool {
    matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
}

/// Scheme, host and port (WHATWG HTML, section 7.1.1).
fn origin(uri: &Uri) -> (Option<&str>, Option<String>, Option<u16>) {
    let port = uri.port_u16().or(match uri.scheme_str() {
        Some("http") => Some(80),
        Some("https") => Some(443),
        _ => None,
    });
    (uri.scheme_str(), uri.host().map(str::to_ascii_lowercase), port)
}

#[cfg(test)]
mod tests;
