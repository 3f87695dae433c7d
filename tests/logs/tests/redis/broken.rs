//! Servers that are killed, frozen, or hang up.

use std::time::Duration;

use logs::{Disk, Engine, RedisServer};
use tokio::time::{Instant, sleep};
use tower_sse_hub::Mark;
use tower_sse_hub::log::{Broken, Log};

use crate::kit::{after, data, fill, follow, news, patiently, send, tail, with_id};

#[tokio::test]
async fn killed_with_a_disk_goes_on() {
    let mut server = RedisServer::start(Disk::Keeps).await;
    let log = server.log("log");
    let all = fill(&log, &["one", "two"]).await;
    send(&log, with_id("three", "id")).await.expect("it is stored");
    let mut follower = tail(&log, all[0]).await;
    assert_eq!(follow(&mut *follower, 2).await.expect("tail goes on").0.len(), 2);
    server.kill();
    assert!(!patiently(follower.next()).await.expect_err("nobody is there").is_fatal());
    server.restart().await;

    let page = after(&log, all[0]).await;
    assert_eq!((data(&page.entries), page.continuity), (vec!["two", "three"], None));
    let again = send(&log, with_id("three", "id")).await.expect("it is known");
    assert!(again.duplicate);
    fill(&log, &["four"]).await;
    let mut follower = tail(&log, page.upto).await;
    let (entries, broken) = follow(&mut *follower, 1).await.expect("tail goes on");
    assert_eq!((data(&entries), broken), (vec!["four"], None));
}

#[tokio::test]
async fn what_is_published_after_it_was_opened_again_is_stored() {
    let mut server = RedisServer::start(Disk::Keeps).await;
    let log = server.log("log");
    send(&log, news("one")).await.expect("it is stored");
    server.kill();
    server.restart().await;
    log.open().await.expect("it is back");
    send(&log, news("two")).await.expect("it is stored");
}

#[tokio::test]
async fn killed_without_a_disk_is_told() {
    let mut server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let all = fill(&log, &["one", "two"]).await;
    server.kill();
    server.restart().await;
    for mark in &all {
        assert_eq!(after(&log, *mark).await.continuity, Some(Broken::Reset));
        let page = patiently(tail(&log, *mark).await.next()).await.expect("it can be followed");
        assert_eq!(page.continuity, Some(Broken::Reset));
    }
    // And when there is something new.
    fill(&server.log("log"), &["three"]).await;
    for mark in &all {
        assert_eq!(after(&log, *mark).await.continuity, Some(Broken::Reset));
        let page = patiently(tail(&log, *mark).await.next()).await.expect("it can be followed");
        assert_eq!(page.continuity, Some(Broken::Reset));
    }
}

#[tokio::test]
async fn frozen_fails_in_time() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log").with_response_timeout(Duration::from_millis(500));
    let all = fill(&log, &["one"]).await;
    let mut follower = tail(&log, all[0]).await;
    patiently(follower.next()).await.expect("tail goes on");
    server.freeze();
    let start = Instant::now();
    let error = send(&log, with_id("two", "id")).await.expect_err("nobody answers");
    assert!(error.is_maybe_stored(), "it was sent");
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    // This time there is not even a connection to send it on.
    let error = send(&log, news("three")).await.expect_err("nobody answers");
    assert!(!error.is_maybe_stored() && !error.is_refused(), "it was not sent");
    assert!(!patiently(follower.next()).await.expect_err("nobody answers").is_fatal());
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    server.thaw();

    // The server does what it was sent: whoever says it again with its id says it once.
    let again = send(&log, with_id("two", "id")).await.expect("it answers");
    assert!(again.duplicate);
    let page = after(&log, all[0]).await;
    assert_eq!((data(&page.entries), page.continuity), (vec!["two"], None));
}

/// Many who wait for one connection do not wait in turn.
#[tokio::test]
async fn frozen_fails_in_time_for_many() {
    let server = RedisServer::start(Disk::Forgets).await;
    server.freeze();
    let log = server.log("log");
    let start = Instant::now();
    let sent = async || send(&log, news("data")).await.is_ok();
    let all = tokio::join!(sent(), sent(), sent(), sent(), sent(), sent(), sent(), sent());
    assert_eq!(all, Default::default());
    assert!(start.elapsed() < Duration::from_millis(1500), "{:?}", start.elapsed());
    server.thaw();
}

#[tokio::test]
async fn connections_that_are_hung_up_are_made_anew() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let mut upto = fill(&log, &["first"]).await[0];
    for nth in 0..20 {
        let mut follower = tail(&log, upto).await;
        patiently(follower.next()).await.expect("tail goes on");
        server.tell("CLIENT KILL TYPE normal").await;
        let broken = patiently(async {
            loop {
                if let Err(error) = follower.next().await {
                    break error;
                }
            }
        });
        assert!(!broken.await.is_fatal());
        let text = nth.to_string();
        let stored = send(&log, news(&text)).await.expect("there is another connection");
        let page = after(&log, upto).await;
        assert_eq!((data(&page.entries), page.continuity), (vec![&*text], None));
        upto = stored.mark;
    }
}

/// An entry came while nobody read, and the server restarts before anything was given.
#[tokio::test]
async fn idle_tail_gives_nothing_old_after_a_restart() {
    let mut server = RedisServer::start(Disk::Keeps).await;
    let log = server.log("log");
    let all = fill(&log, &["x"; 500]).await;
    let mut follower = tail(&log, all[499]).await;
    let page = patiently(follower.next()).await.expect("tail goes on");
    assert_eq!((page.entries.len(), page.continuity), (0, None));
    server.kill();
    let start = Instant::now();
    patiently(follower.next()).await.expect_err("nobody is there");
    println!("noticed after {:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    server.restart().await;
    let mut follower = tail(&log, all[499]).await;
    fill(&log, &["new"]).await;
    let (entries, broken) = follow(&mut *follower, 1).await.expect("tail goes on");
    assert_eq!((data(&entries), broken), (vec!["new"], None));
}

#[tokio::test]
async fn a_dropped_wait_asks_no_more() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let mut follower = tail(&log, Mark::default()).await;
    for _ in 0..200 {
        let wait = tokio::time::timeout(Duration::from_millis(1), follower.next());
        let _ = wait.await;
    }
    let start = Instant::now();
    fill(&log, &["one"]).await;
    follow(&mut *follower, 1).await.expect("tail goes on");
    assert!(start.elapsed() < Duration::from_millis(500), "{:?}", start.elapsed());
}

/// Servers hang up on those who say nothing.
#[tokio::test]
async fn a_connection_nobody_used_is_looked_at_first() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    fill(&log, &["one"]).await;
    server.tell("CONFIG SET timeout 1").await;
    // The server looks ten times a second, but at a few clients only.
    sleep(Duration::from_secs(4)).await;
    send(&log, news("two")).await.expect("a publisher that speaks once in a while is heard");
    let opened = patiently(log.open()).await.expect("it can be opened");
    assert!(opened.oldest.is_some());
}
