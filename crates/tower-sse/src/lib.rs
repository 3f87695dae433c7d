#![doc = include_str!("../README.md")]

mod accept;
mod answer;
mod blocks;
mod body;
// Parts of it are for one encoding only.
#[cfg_attr(
    not(all(feature = "gzip", feature = "zstd", feature = "brotli")),
    allow(unused, clippy::never_loop)
)]
mod compression;
mod extras;
mod frame;
mod head;
mod host_guard;
mod host_response;
mod item;
mod keep_alive;
mod last_event_id;
mod layer;
mod lent;
#[cfg(feature = "peer-timeout")]
mod peer_timeout;
mod service;
mod sse;
mod streams;
mod sync;
mod term;
mod timer;

pub use futures_core::Stream;
#[doc(hidden)]
pub use http;

pub use answer::Answer;
pub use body::SseBody;
pub use compression::{Compression, Encoding};
pub use head::HEADERS;
pub use host_guard::HostGuard;
pub use item::{Item, StreamError};
pub use keep_alive::KeepAlive;
pub use last_event_id::{last_event_id, or_query};
pub use layer::{SseLayer, SseService};
#[doc(hidden)]
pub use lent::{Lent, LentBody, Loan, Slot, lend, lending};
#[cfg(feature = "peer-timeout")]
pub use peer_timeout::set_peer_timeout;
pub use service::{PartsFn, SseFn, service_fn};
pub use sse::Sse;
pub use streams::Streams;
pub use streams::builder::Builder;
pub use streams::key::Key;
#[cfg(feature = "metrics")]
pub use streams::metrics::METRICS;
pub use streams::open_stream::OpenStream;
pub use streams::permit::Permit;
pub use streams::reason::Reason;
pub use streams::refusal::{Cause, Refusal, Refused};
pub use streams::stats::Stats;
#[doc(hidden)]
pub use timer::poll_timed;
#[cfg(feature = "json")]
pub use tower_sse_codec::JsonError;
pub use tower_sse_codec::{
    Encoded, Event, EventId, EventName, InvalidEventId, InvalidEventName, Lagged, LastEventId, Text,
};

/// The types of the futures of this crate's services.
pub mod future {
    pub use crate::layer::ResponseFuture;
    pub use crate::service::PartsFuture;
}
