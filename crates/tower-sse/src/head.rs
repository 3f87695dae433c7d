//! The head of a response.

use http::{HeaderName, HeaderValue};

/// The headers of every event stream, in lower case.
///
/// `no-store` keeps shared caches from keeping a stream, `no-transform` keeps middleware from
/// compressing (and thereby holding) it, and nginx stops buffering at `x-accel-buffering: no`.
pub const HEADERS: [(&str, &str); 3] = [
    ("content-type", "text/event-stream"),
    ("cache-control", "no-store, no-transform"),
    ("x-accel-buffering", "no"),
];

/// The same, as what a response takes.
pub(crate) fn headers() -> [(HeaderName, HeaderValue); 3] {
    HEADERS.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
}
