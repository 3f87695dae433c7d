//! Servers that lose what they had confirmed.

use std::time::Duration;

use futures_util::StreamExt;
use logs::{Disk, Engine, RedisServer};
use tokio::time::sleep;
use tower_sse_hub::log::{Broken, Log};
use tower_sse_hub::{Event, Hub, LastEventId};

use crate::kit::{after, data, fill, follow, news, patiently, send, tail, whole};

#[tokio::test]
async fn deleted_is_told() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let all = fill(&log, &["one", "two"]).await;
    let mut follower = tail(&log, all[1]).await;
    patiently(follower.next()).await.expect("tail goes on");
    server.wipe("log").await;
    let page = patiently(follower.next()).await.expect("the server is well");
    assert_eq!(page.continuity, Some(Broken::Reset));
    assert_eq!(after(&log, all[0]).await.continuity, Some(Broken::Reset));
}

#[tokio::test]
async fn deleted_under_load_is_told() {
    let server = RedisServer::start(Disk::Forgets).await;
    let (hub, driver) = Hub::builder().open(server.log("log")).await.expect("it can be opened");
    tokio::spawn(driver.run());
    let first = hub.publish("news", Event::new("first")).await.expect("it is stored");
    patiently(hub.reached(&first)).await.expect("it is of this hub");
    let publisher = hub.clone();
    let load = tokio::spawn(async move {
        loop {
            let _ = publisher.publish("news", Event::new("data")).await;
        }
    });
    let mut events = hub.subscribe(["news"]).expect("one topic is not too many");
    sleep(Duration::from_millis(100)).await;
    server.wipe("log").await;
    let mut told = String::new();
    patiently(async {
        while let Some(event) = events.next().await {
            told.push_str(&String::from_utf8_lossy(event.bytes()));
            if told.contains("event: gap") {
                break;
            }
        }
    })
    .await;
    assert!(told.contains(r#""reason":"reset""#), "{told}");
    // Whoever comes back with an id that is lost is told as well, at any node.
    let (other, driver) = Hub::builder().open(server.log("log")).await.expect("it can be opened");
    tokio::spawn(driver.run());
    for hub in [&hub, &other] {
        let mut events = hub.subscribe(["news"]).expect("one topic is not too many");
        events = events.with_last_event_id(LastEventId::Id(first.clone()));
        let event = patiently(events.next()).await.expect("there is a gap");
        let event = String::from_utf8_lossy(event.bytes()).into_owned();
        assert!(event.contains("event: gap"), "{event}");
        assert!(event.contains(r#""reason":"reset""#), "{event}");
    }
    load.abort();
}

/// A replica that has not all of it becomes the master, and the same positions are given again.
#[tokio::test]
async fn promoted_without_the_end_is_told() {
    let mut master = RedisServer::start(Disk::Forgets).await;
    let replica = RedisServer::start(Disk::Forgets).await;
    let log = master.log("log");
    let all = fill(&log, &["one", "two"]).await;
    replica.tell(&format!("REPLICAOF 127.0.0.1 {}", master.port())).await;
    let at_replica = replica.log("log");
    patiently(async {
        while at_replica.open().await.is_ok_and(|opened| opened.newest != all[1]) {
            sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    let warnings = at_replica.open().await.expect("it can be opened").warnings;
    assert!(warnings.iter().any(|warning| warning.contains("replica")), "{warnings:?}");
    let error = send(&at_replica, news("data")).await.expect_err("it is no master");
    assert!(!error.is_refused() && !error.is_maybe_stored());

    // It hears no more of its master, and has what it has.
    replica.tell("REPLICAOF 127.0.0.1 1").await;
    let lost = fill(&log, &["lost", "lost too"]).await;
    master.kill();
    replica.tell("REPLICAOF NO ONE").await;

    assert_eq!(after(&at_replica, all[1]).await.continuity, None);
    for mark in &lost {
        assert_eq!(after(&at_replica, *mark).await.continuity, Some(Broken::Reset));
    }
    let new = fill(&at_replica, &["new"]).await;
    for mark in &lost {
        assert_eq!(after(&at_replica, *mark).await.continuity, Some(Broken::Reset));
        let page = patiently(tail(&at_replica, *mark).await.next()).await;
        assert_eq!(page.expect("it can be followed").continuity, Some(Broken::Reset));
    }
    let (entries, broken) =
        follow(&mut *tail(&at_replica, all[1]).await, 1).await.expect("tail goes on");
    assert_eq!((data(&entries), broken), (vec!["new"], None));
    assert_eq!(after(&at_replica, new[0]).await.continuity, None);
}

/// Who waits at a master that becomes a replica is told to go.
#[tokio::test]
async fn demoted_breaks_the_tail() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let all = fill(&log, &["one"]).await;
    let mut follower = tail(&log, all[0]).await;
    patiently(follower.next()).await.expect("tail goes on");
    let (page, _) = tokio::join!(patiently(follower.next()), async {
        sleep(Duration::from_millis(100)).await;
        server.tell("REPLICAOF 127.0.0.1 1").await
    });
    let error = page.expect_err("it is no master any more");
    assert!(!error.is_fatal(), "{}", whole(&error));
}
