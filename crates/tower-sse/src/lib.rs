//! Server-Sent Events from any [`Stream`], for whatever speaks [`http`] and [`tower`].
//!
//! [`Sse`] makes a response out of a stream of events. [`service_fn`] makes a tower service out of
//! a function from a request's head to an [`Sse`]; [`SseLayer`] does so for a whole service.
//!
//! ```
//! use http::{Request, request::Parts};
//! use tower::ServiceExt;
//! use tower_sse::{Event, EventName, Sse};
//!
//! const GREETING: EventName = EventName::from_static("greeting");
//!
//! async fn events(_: Parts) -> Sse<impl futures_core::Stream<Item = Event>> {
//!     Sse::new(tokio_stream::iter([Event::new("hello").with_name(GREETING)]))
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let response = tower_sse::service_fn(events).oneshot(Request::new(())).await?;
//! assert_eq!(response.headers()["content-type"], "text/event-stream");
//!
//! let body = http_body_util::BodyExt::collect(response.into_body()).await?;
//! assert_eq!(body.to_bytes(), "event: greeting\ndata: hello\n\n");
//! # Ok(())
//! # }
//! ```
//!
//! # What a response does
//!
//! * Events that are ready are joined into one frame of up to 16 KiB, and nothing ever waits for
//!   more. An [`Encoded`] that is alone, or of 4 KiB or more, is sent as it is, uncopied.
//! * If nothing is ready at first, an empty comment goes out at once, so that proxies see life.
//! * After 15 seconds of silence a comment keeps the connection alive: see [`KeepAlive`].
//! * An error in the stream ends it; [`Sse::on_error`] sees the error, the wire does not.
//!
//! The timers are tokio's, so a body wants to be polled on a tokio runtime with its time driver.
//!
//! [`Stream`]: futures_core::Stream
//! [`tower`]: https://docs.rs/tower

mod accept;
mod answer;
mod body;
mod frame;
mod head;
mod host_response;
mod item;
mod keep_alive;
mod last_event_id;
mod layer;
mod service;
mod sse;
mod timer;

pub use answer::Answer;
pub use body::SseBody;
pub use head::HEADERS;
pub use item::{Item, StreamError};
pub use keep_alive::KeepAlive;
pub use last_event_id::{last_event_id, last_event_id_or_query};
pub use layer::{SseLayer, SseService};
pub use service::{PartsFn, service_fn};
pub use sse::Sse;
#[cfg(feature = "json")]
pub use tower_sse_codec::JsonError;
pub use tower_sse_codec::{
    Encoded, Event, EventId, EventName, InvalidEventId, InvalidEventName, LastEventId, Text,
};

/// The types of the futures of this crate's services.
pub mod future {
    pub use crate::layer::ResponseFuture;
    pub use crate::service::PartsFuture;
}

/// What the macro for adapters names; no part of the API.
#[doc(hidden)]
pub mod __private {
    pub use futures_core::Stream;
}
