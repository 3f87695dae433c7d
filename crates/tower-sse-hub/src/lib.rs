#![doc = include_str!("../README.md")]

mod backoff;
mod builder;
mod catch_up;
mod checkpoint;
mod cursor;
mod demand;
mod driver;
mod error;
mod forgotten;
mod gap;
mod health;
mod history;
mod hub;
mod latest;
pub mod log;
mod mark;
#[cfg(feature = "metrics")]
mod metrics;
mod order;
mod pages;
mod position;
mod publish;
mod reader;
mod retention;
mod search;
mod shared;
mod stats;
mod store;
mod subscription;
mod sync;
mod telling_lag;
mod topic;
mod topic_name;
mod waiters;

pub use futures_core::Stream;

pub use builder::Builder;
pub use demand::Demand;
pub use driver::Driver;
pub use error::{NotOfThisHub, PublishError, SubscribeError};
pub use gap::{AfterGap, Gap, GapReason, Resumed};
pub use health::Health;
pub use hub::Hub;
pub use mark::Mark;
#[cfg(feature = "metrics")]
pub use metrics::METRICS;
pub use position::Position;
pub use publish::Publish;
pub use retention::Retention;
pub use stats::{Gaps, Lags, Stats};
#[doc(hidden)]
pub use subscription::pilot::{Found, Leap, Pilot, Stand};
pub use subscription::{Lag, Ready, Start, Subscription};
pub use telling_lag::TellingLag;
pub use topic_name::{TopicName, TopicNameTooLong};
pub use tower_sse_codec::{
    Encoded, Event, EventId, EventName, InvalidEventId, InvalidEventName, Lagged, LastEventId, Text,
};
