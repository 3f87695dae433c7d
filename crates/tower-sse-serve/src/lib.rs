#![doc = include_str!("../README.md")]

mod answer;
mod connection;
mod gate;
mod host;
mod listener;
#[cfg(feature = "metrics")]
mod metrics;
mod prefix;
mod reactor;
mod request_body;
mod serve;
mod socket;
mod takeovers;
mod tap;

pub use listener::Listener;
#[cfg(feature = "metrics")]
pub use metrics::METRICS;
pub use request_body::RequestBody;
pub use serve::{Serve, serve, serve_each};
pub use takeovers::{Kept, Takeovers};
pub use tower_sse;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
