//! What is answered to who is not let in.

use std::fmt;
use std::time::Duration;

use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER};
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode};
use tower_sse_codec::Event;

use crate::accept::accepts_event_stream;
use crate::head;

/// Why a new stream was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cause {
    /// The server is being drained.
    Draining,
    /// As many are open as may be.
    Full,
    /// As many of this key are open as may be.
    KeyFull,
    /// Too many came in too short a time.
    Rate,
    /// The function that gives a request its key has panicked.
    KeyPanicked,
}

impl Cause {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Draining, Self::Full, Self::KeyFull, Self::Rate, Self::KeyPanicked];

    /// The name in traces and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draining => "draining",
            Self::Full => "full",
            Self::KeyFull => "key_full",
            Self::Rate => "rate",
            Self::KeyPanicked => "key_panicked",
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A request that is about to be refused: see [`Builder::with_refusal`](crate::Builder).
#[derive(Debug)]
pub struct Refused<'a> {
    pub(crate) cause: Cause,
    pub(crate) request: &'a Parts,
    pub(crate) retry: Duration,
}

impl Refused<'_> {
    /// Why.
    pub fn cause(&self) -> Cause {
        self.cause
    }

    /// The request.
    pub fn request(&self) -> &Parts {
        self.request
    }

    /// When to come back: another length for each request.
    pub fn retry(&self) -> Duration {
        self.retry
    }

    /// What is answered when nothing else is chosen.
    ///
    /// A `GET` that accepts `text/event-stream` gets `200` and a `retry:`, and that is all: an
    /// `EventSource` comes back after that time, while a status of 503 would stop it for good.
    /// Everything else gets `503` with `Retry-After`, in whole seconds, rounded up.
    pub fn response(&self) -> Response<Option<Event>> {
        let takes_events = accepts_event_stream(&self.request.headers);
        if self.request.method == Method::GET && takes_events {
            return Response::new(Some(Event::default().with_retry(self.retry)));
        }
        let mut response = Response::new(None);
        *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
        let seconds = self.retry.as_millis().div_ceil(1000) as u64;
        let headers = response.headers_mut();
        headers.insert(RETRY_AFTER, seconds.into());
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}

/// What is answered to a request that was refused: see [`Sse::refused`](crate::Sse::refused).
#[derive(Debug)]
#[must_use = "a refusal is to be answered"]
pub struct Refusal(Box<(Cause, Response<Option<Event>>)>);

impl Refusal {
    pub(crate) fn new(cause: Cause, mut response: Response<Option<Event>>) -> Self {
        if response.body().is_some() && !response.headers().contains_key(CONTENT_TYPE) {
            let own = std::mem::take(response.headers_mut());
            response.headers_mut().extend(head::headers());
            response.headers_mut().extend(own);
        }
        Self(Box::new((cause, response)))
    }

    /// Why.
    pub fn cause(&self) -> Cause {
        self.0.0
    }

    pub(crate) fn into_response(self) -> Response<Option<Event>> {
        self.0.1
    }
}

#[cfg(test)]
mod tests;
