//! Whether a response is a stream of events (WHATWG HTML, section 9.2.3).

use http::header::{ACCEPT, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Response, StatusCode};

use crate::decompress::{self, Decompress};
use crate::error::{Error, Kind};
use crate::retry_after::retry_after;

const EVENT_STREAM: &str = "text/event-stream";

/// Asks for a stream of events, unless the headers already ask for something.
pub(crate) fn ask(headers: &mut HeaderMap) {
    headers.entry(ACCEPT).or_insert(HeaderValue::from_static(EVENT_STREAM));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    decompress::ask(headers);
}

/// Whether the answer to that is one, and what decompresses it.
pub(crate) fn check<B>(response: &Response<B>) -> Result<Decompress, Error> {
    let headers = response.headers();
    if response.status() != StatusCode::OK {
        return Err(Kind::Status(response.status(), retry_after(headers)).into());
    }
    let media_type = headers.get(CONTENT_TYPE);
    if !media_type.is_some_and(is_event_stream) {
        return Err(Kind::MediaType(media_type.cloned()).into());
    }
    let mut encodings = headers.get_all(CONTENT_ENCODING).iter();
    let encoding = encodings.next();
    // Several, one within the other, nobody has asked for.
    let decompress = Decompress::of(encoding).filter(|_| encodings.next().is_none());
    decompress.ok_or_else(|| match encoding {
        Some(encoding) => Kind::Encoding(encoding.clone()).into(),
        None => unreachable!("without an encoding there is nothing to decompress"),
    })
}

// Parameters change nothing: the stream is UTF-8 whatever they say.
fn is_event_stream(value: &HeaderValue) -> bool {
    let essence = value.as_bytes().split(|&byte| byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(EVENT_STREAM.as_bytes())
}
