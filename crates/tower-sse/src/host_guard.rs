//! Who may be spoken to under which name.

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderValue, Uri};

/// Guards a server that listens on loopback, and therefore trusts whoever reaches it, against pages
/// of other sites: a site can let its own name point to 127.0.0.1 (DNS rebinding), and a browser
/// then takes our answers for those of the site. What the page cannot change is the name that it
/// asked for, in `Host`, and where it is from, in `Origin`.
///
/// A service takes it by [`SseLayer::with_host_guard`](crate::SseLayer::with_host_guard) and answers
/// `403 Forbidden`, which stops an `EventSource` for good. Guard all else that is served, too.
///
/// ```
/// # use http::Request;
/// use tower_sse::HostGuard;
///
/// let guard = HostGuard::loopback();
/// let asks = |host| Request::get("/").header("host", host).body(()).unwrap().into_parts().0;
/// assert!(guard.allows(&asks("localhost:3000")));
/// assert!(!guard.allows(&asks("rebound.example:3000")));
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct HostGuard {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl HostGuard {
    /// Allows `localhost` and the addresses of loopback, with any port, as the name of the server
    /// and as the origin of a page.
    pub fn loopback() -> Self {
        Self { hosts: Vec::new(), origins: Vec::new() }
    }

    /// Allows this name of the server too, with any port: without one, as in `sse.internal`.
    pub fn with_host(mut self, host: impl Into<String>) -> Self {
        self.hosts.push(host.into());
        self
    }

    /// Allows pages of this origin too: exactly as browsers send it, as in `https://app.example`.
    pub fn with_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Whether a request is for an allowed name, and from an allowed origin or from none.
    ///
    /// A request without a name is not allowed.
    pub fn allows(&self, request: &Parts) -> bool {
        let by_header = request
            .headers
            .get_all(HOST)
            .iter()
            .map(|host| host.to_str().ok().and_then(|host| host.parse::<Authority>().ok()));
        let by_uri = request.uri.authority().cloned().map(Some);
        let mut names = by_uri.into_iter().chain(by_header).peekable();
        names.peek().is_some()
            && names.all(|name| name.is_some_and(|name| self.allows_host(name.host())))
            && request.headers.get_all(ORIGIN).iter().all(|origin| self.allows_origin(origin))
    }

    fn allows_host(&self, host: &str) -> bool {
        is_loopback(host) || self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host))
    }

    fn allows_origin(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else { return false };
        let uri = || origin.parse::<Uri>().ok();
        self.origins.iter().any(|own| own == origin)
            || uri().is_some_and(|uri| uri.host().is_some_and(is_loopback))
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address = bare.parse::<std::net::IpAddr>();
    address.map_or_else(|_| host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
}

#[cfg(test)]
mod tests;
