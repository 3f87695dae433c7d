#![doc = include_str!("../README.md")]

mod attempt;
mod check;
mod decompress;
mod error;
mod event_source;
mod event_stream;
mod layer;
mod policy;
mod reconnect;
mod redirect;
#[cfg(feature = "reqwest")]
mod reqwest;
mod retry_after;
pub mod testing;
mod update;

pub use futures_core::Stream;

#[cfg(feature = "reqwest")]
pub use crate::reqwest::Reqwest;
pub use error::Error;
pub use event_source::{Builder, EventSource, MakeBody, NoBody, ReadyState};
pub use event_stream::EventStream;
pub use layer::{EventStreamLayer, EventStreamService, ReconnectLayer, ReconnectService};
pub use policy::Policy;
#[cfg(feature = "json")]
pub use tower_sse_codec::JsonError;
pub use tower_sse_codec::{
    Decoder, Event, EventId, EventName, InvalidEventId, InvalidEventName, Text, TooLong,
};
pub use update::Update;

/// The types of the futures of this crate's services.
pub mod future {
    pub use crate::layer::ResponseFuture;
    #[cfg(feature = "reqwest")]
    pub use crate::reqwest::ReqwestFuture;
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;
