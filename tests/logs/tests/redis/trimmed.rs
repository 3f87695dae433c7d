//! What is trimmed, while others read.

use std::time::Duration;

use logs::{Disk, Engine, RedisServer};
use tokio::time::{Instant, sleep, timeout};
use tower_sse_hub::Mark;
use tower_sse_hub::log::Broken;

use crate::kit::{after, data, fill, patiently, tail};

/// A publisher trims as fast as it can, and a tail that is slower is told, or misses nothing.
#[tokio::test]
async fn trimming_races_with_a_tail() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.bounded("log", 100);
    let first = fill(&log, &["first"]).await[0];
    let publish = async {
        let log = server.bounded("log", 100);
        for nth in 0..10_000 {
            fill(&log, &[&nth.to_string()]).await;
        }
    };
    let follow = async {
        let mut follower = tail(&log, first).await;
        let (mut next, mut breaks, mut seen) = (0, 0, 0);
        while next < 10_000 {
            let page = patiently(follower.next()).await.expect("tail goes on");
            let is_broken = page.continuity.is_some();
            assert!(!is_broken || page.continuity == Some(Broken::Trimmed), "{page:?}");
            breaks += usize::from(is_broken);
            for text in data(&page.entries) {
                let nth: usize = text.parse().expect("it is a number");
                if is_broken {
                    assert!(nth >= next, "{nth} has come before {next}");
                    next = nth;
                }
                assert_eq!(nth, next, "none is missing");
                next += 1;
                seen += 1;
            }
            if seen % 7 == 0 {
                sleep(Duration::from_millis(100)).await;
            }
            if is_broken {
                follower = tail(&log, page.upto).await;
            }
        }
        println!("{seen} of 10000 seen, {breaks} breaks told");
        assert!(breaks > 0, "tail was never too slow");
    };
    let both = async { tokio::join!(publish, follow) };
    timeout(Duration::from_secs(60), both).await.expect("they come to an end");
}

#[tokio::test]
async fn newest_outlives_its_age() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log").with_age(Duration::from_millis(200));
    let all = fill(&log, &["one", "two", "three"]).await;
    let mut follower = tail(&log, Mark::default()).await;
    let start = Instant::now();
    // Somebody else's view of what is left.
    let is_trimmed = async |mark| after(&log, mark).await.continuity == Some(Broken::Trimmed);
    while !is_trimmed(all[1]).await {
        assert!(start.elapsed() < Duration::from_secs(10), "nothing is trimmed");
        let page = patiently(follower.next()).await.expect("tail goes on");
        assert_eq!(page.continuity, None);
    }
    for _ in 0..3 {
        let page = patiently(follower.next()).await.expect("tail goes on");
        assert_eq!((page.continuity, page.upto), (None, all[2]));
    }
    assert_eq!(after(&log, all[2]).await.continuity, None);
    let more = fill(&log, &["four"]).await;
    let page = after(&log, all[2]).await;
    assert_eq!((page.continuity, page.upto), (None, more[0]));
}

#[tokio::test]
async fn what_is_emptied_by_others_is_told() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let all = fill(&log, &["one", "two"]).await;
    server.tell("XTRIM log MAXLEN 0").await;
    assert_eq!(after(&log, all[1]).await.continuity, Some(Broken::Trimmed));
    let page = after(&log, Mark::default()).await;
    assert_eq!(page.continuity, Some(Broken::Trimmed));
    // The place where it goes on.
    assert_eq!(page.upto, Mark { check: 0, ..all[1] });
    assert_eq!(after(&log, page.upto).await.continuity, None);
    let mut follower = tail(&log, page.upto).await;
    for _ in 0..3 {
        let idle = patiently(follower.next()).await.expect("tail goes on");
        assert_eq!((idle.continuity, idle.upto), (None, page.upto));
    }
}

#[tokio::test]
async fn one_that_was_deleted_is_told() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let all = fill(&log, &["one", "two", "three"]).await;
    let id = format!("{}-{}", all[1].position.first(), all[1].position.second());
    server.tell(&format!("XDEL log {id}")).await;
    assert_eq!(after(&log, all[1]).await.continuity, Some(Broken::Reset));
    assert_eq!(after(&log, all[2]).await.continuity, None);
}
