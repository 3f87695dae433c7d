#![doc = include_str!("../README.md")]

mod checkpoint;
mod cursor;
mod demand;
mod error;
mod forgotten;
mod gap;
mod history;
mod hub;
mod position;
mod reader;
mod retention;
mod shared;
mod store;
mod subscription;
mod topic;
mod topic_name;
mod waiters;

pub use futures_core::Stream;

pub use demand::Demand;
pub use error::{PublishError, SubscribeError};
pub use gap::{AfterGap, GapReason};
pub use hub::Hub;
pub use retention::Retention;
pub use subscription::{Lag, Start, Subscription};
pub use topic_name::{TopicName, TopicNameTooLong};
pub use tower_sse_codec::{
    Encoded, Event, EventId, EventName, InvalidEventId, InvalidEventName, LastEventId, Text,
};
