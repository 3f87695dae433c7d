//! The log that several servers share: then they are one.

use tower_sse_hub::log::LogError;
use tower_sse_hub::{Builder, Driver, Hub};
use tower_sse_nats::{NatsLog, StreamName};
use tower_sse_redis::RedisLog;

use crate::StartError;

/// What the log is called, on a server that may have others.
const NAME: &str = "tower-sse-demo";
/// How many entries it keeps. What a machine does is in it, once a second, beside the posts.
const KEPT: u32 = 100_000;

/// A hub with the log of this URL behind it, and what brings the entries.
pub(crate) async fn open(hub: Builder, url: &str) -> Result<(Hub, Driver), StartError> {
    let wrong = |cause: &dyn std::error::Error| StartError::new(format!("LOG is {url:?}: {cause}"));
    let opened = if url.starts_with("redis") || url.starts_with("valkey") {
        let log = RedisLog::new(url, NAME).map_err(|cause| wrong(&cause))?;
        hub.open(log.with_count(KEPT as usize)).await
    } else {
        let log = NatsLog::new(url).map_err(|cause| wrong(&cause))?;
        let name = StreamName::new(NAME).expect("a plain name");
        hub.open(log.with_stream(name).with_count(u64::from(KEPT))).await
    };
    opened.map_err(|cause| StartError::new(format!("cannot open LOG {url:?}: {}", reason(&cause))))
}

fn reason(error: &LogError) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
