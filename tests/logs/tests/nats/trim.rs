//! What is trimmed is told, and the newest entry never is.

use std::time::Duration;

use logs::{Disk, Engine, NatsServer};
use tokio::time::{Instant, sleep};
use tower_sse_hub::Mark;
use tower_sse_hub::log::{Broken, ReadFrom};

use crate::kit::{append, fill, log, marks, news, next, open, read, tail};

#[tokio::test]
async fn a_tail_that_races_with_trimming_misses_nothing_silently() {
    let server = NatsServer::start(Disk::Keeps).await;
    let writer = server.bounded("log", 100);
    let reader = server.bounded("log", 100);
    open(&writer).await.expect("log can be opened");
    let writing = tokio::spawn(async move {
        loop {
            append(&writer, news("data")).await.expect("entry is stored");
        }
    });
    let (mut upto, mut follower) = (Mark::default(), tail(&reader, Mark::default()).await);
    let (mut gaps, start) = (0, Instant::now());
    while gaps < 3 {
        assert!(start.elapsed() < Duration::from_secs(30), "a slow tail is overtaken");
        let page = next(&mut follower).await.expect("tail goes on");
        for mark in marks(&page) {
            assert_eq!(mark.position.first(), upto.position.first() + 1, "none is missing");
            upto = mark;
        }
        if let Some(broken) = page.continuity {
            assert_eq!(broken, Broken::Trimmed);
            gaps += 1;
            upto = open(&reader).await.expect("log can be opened").newest;
            // It may have been trimmed already.
            follower = tail(&reader, upto).await;
        } else if page.upto.position.first() > 2000 && fastrand::u8(..4) == 0 {
            // Slow enough to be overtaken, sometimes.
            sleep(Duration::from_millis(fastrand::u64(..800))).await;
        }
    }
    writing.abort();
}

#[tokio::test]
async fn age_trims_all_but_the_newest() {
    let server = NatsServer::start(Disk::Keeps).await;
    let age = Duration::from_secs(2);
    let log = log(&server).with_age(age);
    let old = fill(&log, 300).await;
    let mut follower = tail(&log, old[299]).await;
    let start = Instant::now();
    let oldest = loop {
        assert!(start.elapsed() < Duration::from_secs(10), "what is too old is removed");
        next(&mut follower).await.expect("tail goes on");
        let oldest = open(&log).await.expect("log can be opened").oldest;
        if oldest != Some(old[0]) {
            break oldest;
        }
        assert!(start.elapsed() < 3 * age, "it takes no longer than that");
    };
    assert!(start.elapsed() > age / 2, "it is not removed before: {:?}", start.elapsed());
    // However long nothing comes, the newest is there.
    let end = Instant::now() + 2 * age;
    let mut oldest = oldest;
    while Instant::now() < end {
        next(&mut follower).await.expect("tail goes on");
        oldest = open(&log).await.expect("log can be opened").oldest;
    }
    assert_eq!(oldest, Some(old[299]));
    let page = read(&log, ReadFrom::After(old[299])).await.expect("log can be read");
    assert_eq!((page.continuity, page.at_head), (None, true));
    let page = read(&log, ReadFrom::After(old[298])).await.expect("log can be read");
    assert_eq!(page.continuity, Some(Broken::Trimmed));
    // And it stays until the next one is too old: who has seen it misses nothing.
    fill(&log, 1).await;
    sleep(Duration::from_millis(1600)).await;
    let page = read(&log, ReadFrom::After(old[299])).await.expect("log can be read");
    assert_eq!((page.continuity, page.entries.len()), (None, 1));
}
