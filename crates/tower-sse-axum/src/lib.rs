//! Server-Sent Events for [axum](https://docs.rs/axum): what [`tower_sse`] does, as axum's users
//! expect it.
//!
//! A handler returns an [`Sse`], and takes a [`LastEventId`] when it wants to resume:
//!
//! ```
//! use axum::{Router, routing::get};
//! use futures_core::Stream;
//! use tower_sse_axum::{Event, LastEventId, Sse};
//!
//! async fn events(LastEventId(last): LastEventId) -> Sse<impl Stream<Item = Event>> {
//!     Sse::new(tokio_stream::once(Event::new(format!("you were at {last:?}"))))
//! }
//!
//! let app: Router = Router::new().route("/events", get(events));
//! ```
//!
//! A tower service of events is mounted as any other service:
//!
//! ```
//! # use axum::Router;
//! # use tower_sse_axum::{Event, Sse, tower_sse};
//! let service = tower_sse::service_fn(async |_| Sse::new(tokio_stream::once(Event::new("hello"))));
//! let app: Router = Router::new().route_service("/events", service);
//! ```

use std::convert::Infallible;

use axum_core::body::Body;
use axum_core::extract::FromRequestParts;
use axum_core::response::{IntoResponse, Response};
use futures_core::Stream;
use http::request::Parts;

pub use tower_sse;
pub use tower_sse::{
    Encoded, Event, EventId, EventName, Item, KeepAlive, StreamError, Text, last_event_id_or_query,
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
        self.0.into_response().map(Body::new)
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
