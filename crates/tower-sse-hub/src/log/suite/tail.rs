//! Following.

use std::time::Duration;

use tokio::time::{sleep, timeout};

use super::kit::{append, fill, news, tail, unknown};
use crate::Mark;
use crate::log::{Broken, Log};

pub(super) async fn tails_from_the_start(log: &dyn Log) {
    let mut follower = tail(log, Mark::default()).await;
    let mut all = fill(log, 3).await;
    assert_eq!(follower.follow(3).await, all);
    all.extend(fill(log, 600).await);
    assert_eq!(follower.follow(603).await, all);
}

pub(super) async fn tails_from_a_mark(log: &dyn Log) {
    let mut all = fill(log, 20).await;
    let mut from_middle = tail(log, all[9]).await;
    let mut from_head = tail(log, all[19]).await;
    all.extend(fill(log, 10).await);
    assert_eq!(from_middle.follow(20).await, all[10..]);
    assert_eq!(from_head.follow(10).await, all[20..]);
    // A tail that stood still gives what came in between.
    all.extend(fill(log, 10).await);
    assert_eq!(from_middle.follow(30).await, all[10..]);
}

pub(super) async fn tails_for_many(log: &dyn Log) {
    let start = Mark::default();
    let (mut one, mut two) = (tail(log, start).await, tail(log, start).await);
    let (all, seen_by_one, seen_by_two) =
        tokio::join!(fill(log, 100), one.follow(100), two.follow(100));
    assert_eq!(seen_by_one, all);
    assert_eq!(seen_by_two, all);
}

pub(super) async fn wakes_a_tail(log: &dyn Log) {
    let mut follower = tail(log, Mark::default()).await;
    for nth in 1..=5 {
        let append_later = async {
            sleep(Duration::from_millis(20)).await;
            append(log, news("data")).await
        };
        let (mark, seen) = tokio::join!(append_later, follower.follow(nth));
        assert_eq!(seen.last(), Some(&mark));
    }
}

/// An empty page at least every second or so: twice that, and some for a slow machine.
pub(super) async fn proves_life(log: &dyn Log) {
    let all = fill(log, 3).await;
    let mut follower = tail(log, all[2]).await;
    for _ in 0..3 {
        let page = timeout(Duration::from_secs(4), follower.next()).await;
        let page = page.expect("tail gives a page every second or so");
        assert_eq!((page.upto, page.at_head), (all[2], true));
        follower.take(page);
    }
    assert!(follower.entries.is_empty());
}

pub(super) async fn loses_nothing_of_a_dropped_wait(log: &dyn Log) {
    let mut follower = tail(log, Mark::default()).await;
    let mut all = Vec::new();
    for nth in 0..50 {
        // Dropped after one look, or somewhere on the way.
        let wait = Duration::from_micros(nth * 40);
        if let Ok(page) = timeout(wait, follower.next()).await {
            follower.take(page);
        }
        all.push(append(log, news("data")).await);
    }
    assert_eq!(follower.follow(50).await, all);
}

pub(super) async fn tails_from_no_unknown_mark(log: &dyn Log) {
    let all = fill(log, 20).await;
    for mark in unknown(all[10], all[19]) {
        let page = tail(log, mark).await.next().await;
        assert_eq!(page.continuity, Some(Broken::Reset), "after {mark:?}");
    }
}
