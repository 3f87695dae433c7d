//! What any log must show.

use std::sync::atomic::{AtomicU32, Ordering};

use logs::{Disk, Engine, RedisServer};
use tower_sse_hub::log::suite;
use tower_sse_redis::RedisLog;

#[tokio::test]
async fn redis_shows_what_any_log_must() {
    let server = RedisServer::start(Disk::Forgets).await;
    let nth = AtomicU32::new(0);
    let name = || format!("log{}", nth.fetch_add(1, Ordering::Relaxed));
    suite::check_all(async || server.log(&name())).await;
}

#[tokio::test]
async fn redis_shows_what_it_trims() {
    let server = RedisServer::start(Disk::Forgets).await;
    let nth = AtomicU32::new(0);
    let name = || format!("log{}", nth.fetch_add(1, Ordering::Relaxed));
    suite::check_bounded(async || server.bounded(&name(), 100)).await;
}

/// Whoever asks for it in the URL is answered in the newer protocol, which has other shapes.
#[tokio::test]
async fn redis_shows_it_in_resp3() {
    let server = RedisServer::start(Disk::Forgets).await;
    let nth = AtomicU32::new(0);
    let log = || {
        let name = format!("log{}", nth.fetch_add(1, Ordering::Relaxed));
        let url = format!("{}?protocol=resp3", server.url());
        RedisLog::new(&url, name).expect("it is a url")
    };
    suite::check_all(async || log()).await;
    suite::check_bounded(async || log().with_count(100)).await;
}
