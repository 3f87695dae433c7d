//! The head of a response.

/// The headers of every event stream, in lower case.
///
/// `no-store` keeps shared caches from keeping a stream, `no-transform` keeps middleware from
/// compressing (and thereby holding) it, and nginx stops buffering at `x-accel-buffering: no`.
pub const HEADERS: [(&str, &str); 3] = [
    ("content-type", "text/event-stream"),
    ("cache-control", "no-store, no-transform"),
    ("x-accel-buffering", "no"),
];
