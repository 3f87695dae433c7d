#![doc = include_str!("../README.md")]

use std::convert::Infallible;

use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use http::request::Parts;

pub use tower_sse;
#[cfg(feature = "json")]
pub use tower_sse::JsonError;
pub use tower_sse::{
    Compression, Encoded, Encoding, Event, EventId, EventName, InvalidEventId, InvalidEventName,
    Item, KeepAlive, Permit, Refusal, Stream, StreamError, Streams, Text, or_query,
};

tower_sse::host_response! {
    /// A stream of events as a response: what a handler returns.
    ///
    /// As [`tower_sse::Sse`], and made [`From`] it where that is at hand.
    Sse
}

impl<S> IntoResponse for Sse<S>
where
    S: Stream + Send + 'static,
    S::Item: Item,
{
    fn into_response(self) -> Response {
        match tower_sse::lend(self.0.into_response()) {
            Ok(response) => response.map(Body::new),
            Err(response) => response.map(Body::new),
        }
    }
}

/// The extractor of the `Last-Event-ID` header. It never rejects a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(pub tower_sse::LastEventId);

impl<S: Sync> FromRequestParts<S> for LastEventId {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(tower_sse::last_event_id(&parts.headers)))
    }
}
