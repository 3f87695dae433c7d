//! A master that is found by sentinels.

use std::fs;
use std::time::Duration;

use logs::{Disk, Engine, Process, RedisServer, Scratch};
use tokio::time::{sleep, timeout};
use tower_sse_hub::log::Log;
use tower_sse_redis::RedisLog;

use crate::kit::{after, data, fill, news, patiently, send, whole};

#[tokio::test]
async fn another_master_is_found() {
    let mut master = RedisServer::start(Disk::Forgets).await;
    let replica = RedisServer::start(Disk::Forgets).await;
    replica.tell(&format!("REPLICAOF 127.0.0.1 {}", master.port())).await;
    let (mut sentinel, scratch) = (Process::new("redis-server"), Scratch::new());
    let file = scratch.path().join("sentinel.conf");
    let settings = format!(
        "bind 127.0.0.1\nport {}\ndir {}\nsentinel monitor main 127.0.0.1 {} 1\n\
         sentinel down-after-milliseconds main 500\nsentinel failover-timeout main 5000\n",
        sentinel.port(),
        scratch.path().display(),
        master.port(),
    );
    fs::write(&file, settings).expect("a file can be written");
    // It sees the replicas when it begins, and then only every ten seconds.
    patiently(async {
        while replica.log("log").open().await.is_err() || !is_linked(&replica).await {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    sentinel.run([file.as_os_str(), "--sentinel".as_ref()]).await;

    let url = format!("redis://127.0.0.1:{}/", sentinel.port());
    let log =
        RedisLog::from_sentinels([&*url], "main", "redis://any/", "log").expect("it is a url");
    let first = fill(&log, &["one"]).await[0];
    assert_eq!(data(&after(&master.log("log"), first).await.entries), Vec::<&str>::new());
    let at_replica = replica.log("log");
    patiently(async {
        while at_replica.open().await.is_ok_and(|opened| opened.newest != first) {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;

    // Sentinel knows the replica before it is needed.
    sleep(Duration::from_secs(1)).await;
    master.kill();
    let again = async {
        while let Err(error) = log.append(news("two")).await {
            assert!(!error.is_refused(), "{}", whole(&error));
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(30), again).await.expect("a replica becomes the master");
    let page = after(&log, first).await;
    assert_eq!((data(&page.entries), page.continuity), (vec!["two"], None));
    let page = after(&at_replica, first).await;
    assert_eq!(data(&page.entries), vec!["two"]);
}

#[tokio::test]
async fn no_sentinel_answers() {
    let log = RedisLog::from_sentinels(["redis://127.0.0.1:1/"], "main", "redis://any/", "log");
    let log = log.expect("it is a url");
    let error = send(&log, news("data")).await.expect_err("nobody is there");
    assert!(!error.is_refused() && !error.is_maybe_stored(), "{}", whole(&error));
    let nobody: [&str; 0] = [];
    assert!(RedisLog::from_sentinels(nobody, "main", "redis://any/", "log").is_err());
    assert!(RedisLog::from_sentinels(["x"], "main", "redis://any/", "log").is_err());
    assert!(RedisLog::from_sentinels(["redis://any/"], "main", "x", "log").is_err());
}

async fn is_linked(replica: &RedisServer) -> bool {
    let info = format!("{:?}", replica.tell("INFO replication").await);
    info.contains("master_link_status:up")
}
