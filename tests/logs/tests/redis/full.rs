//! Servers that have no room.

use std::fs;
use std::time::Duration;

use logs::{Disk, Engine, RedisServer};
use tokio::time::sleep;
use tower_sse_hub::Mark;
use tower_sse_hub::log::{Log, ReadFrom};

use crate::kit::{after, fill, follow, news, patiently, send, tail, whole, with_id};

#[tokio::test]
async fn memory_is_full() {
    let settings = ["--maxmemory", "3mb", "--maxmemory-policy", "noeviction"];
    let server = RedisServer::start_with(Disk::Forgets, &settings).await;
    let log = server.log("log");
    let first = fill(&log, &["one"]).await[0];
    let large = "x".repeat(100_000);
    let mut stored = 1;
    let error = loop {
        assert!(stored < 100, "3 MB are never full");
        match send(&log, news(&large)).await {
            Ok(_) => stored += 1,
            Err(error) => break error,
        }
    };
    assert!(!error.is_refused() && !error.is_maybe_stored(), "{}", whole(&error));
    assert!(whole(&error).contains("OOM"), "{}", whole(&error));
    let error = send(&log, with_id(&large, "id")).await.expect_err("it is full");
    assert!(!error.is_refused() && !error.is_maybe_stored(), "{}", whole(&error));

    // What is there can be read, and there is room again.
    let page = after(&log, first).await;
    assert_eq!(page.continuity, None);
    let mut follower = tail(&log, first).await;
    assert_eq!(follow(&mut *follower, stored - 1).await.expect("tail goes on").1, None);
    server.tell("CONFIG SET maxmemory 100mb").await;
    let appended = send(&log, with_id(&large, "id")).await.expect("there is room");
    assert!(!appended.duplicate, "it was not stored before");
    assert_eq!(follow(&mut *follower, 1).await.expect("tail goes on").1, None);
}

#[tokio::test]
async fn disk_takes_nothing() {
    let server = RedisServer::start_with(Disk::Forgets, &["--save", "3600 100000"]).await;
    let log = server.log("log");
    fill(&log, &["one"]).await;
    fs::create_dir(server.path().join("dump.rdb")).expect("a directory can be made");
    server.tell("BGSAVE").await;
    patiently(async {
        while send(&log, news("data")).await.is_ok() {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let error = send(&log, news("data")).await.expect_err("the disk takes nothing");
    assert!(whole(&error).contains("MISCONF"), "{}", whole(&error));
    assert!(!error.is_refused() && !error.is_maybe_stored());
    assert_eq!(after(&log, Mark::default()).await.continuity, None);
}

#[tokio::test]
async fn event_is_too_large() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log").with_max_event(1000);
    for entry in [news(&"x".repeat(1000)), with_id("data", &"x".repeat(1000))] {
        assert!(send(&log, entry).await.expect_err("it is too large").is_too_large());
    }
    send(&log, news(&"x".repeat(900))).await.expect("it is small enough");
}

/// Pages are of a size that comes in time, however large the entries are.
#[tokio::test]
async fn large_entries_come_in_small_pages() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let large = "x".repeat(1_000_000);
    let all = fill(&log, &[&*large; 80]).await;
    let mut upto = Mark::default();
    let mut pages = Vec::new();
    while upto != all[79] {
        let page = after(&log, upto).await;
        assert_eq!(page.continuity, None);
        pages.push(page.entries.len());
        upto = page.upto;
    }
    assert!(pages[pages.len() - 2] < 10, "{pages:?}");
    let page = patiently(log.read(ReadFrom::Newest, 8192)).await.expect("log can be read");
    assert_eq!((page.upto, page.at_head), (all[79], true));
    assert!((32..80).contains(&page.entries.len()), "{} entries", page.entries.len());
}
