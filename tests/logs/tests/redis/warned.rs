//! What is told when a log is opened.

use std::time::Duration;

use logs::{Disk, Engine, RedisServer};
use tower_sse_hub::log::Log;
use tower_sse_redis::RedisLog;

use crate::kit::patiently;

async fn warnings(log: &RedisLog) -> String {
    patiently(log.open()).await.expect("it can be opened").warnings.join("; ")
}

#[tokio::test]
async fn what_loses_entries_is_told() {
    let server = RedisServer::start(Disk::Keeps).await;
    let log = server.log("log");
    assert_eq!(warnings(&log).await, "");
    for (setting, warning) in [
        ("maxmemory-policy allkeys-lru", "may be evicted"),
        ("maxmemory-policy noeviction", ""),
        ("appendfsync no", "power"),
        ("appendonly no", "when redis ends"),
    ] {
        server.tell(&format!("CONFIG SET {setting}")).await;
        let told = warnings(&log).await;
        assert!(told.contains(warning), "{setting}: {told}");
        assert_eq!(told.is_empty(), warning.is_empty(), "{setting}: {told}");
    }
}

#[tokio::test]
async fn what_may_not_be_asked_is_no_error() {
    let server = RedisServer::start(Disk::Forgets).await;
    server.tell("ACL SETUSER app on >secret ~* +@all -@dangerous -xtrim").await;
    let url = format!("redis://app:secret@127.0.0.1:{}/", server.port());
    let log = RedisLog::new(&url, "log").expect("it is a url");
    assert_eq!(warnings(&log).await, "");
    let told = warnings(&log.with_age(Duration::from_secs(60))).await;
    assert!(told.contains("by its age"), "{told}");
}
