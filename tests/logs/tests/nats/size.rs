//! What is on its way is bounded, and nothing is left behind.

use logs::{Disk, Engine, NatsServer};
use tower_sse_hub::Mark;
use tower_sse_hub::log::ReadFrom;

use crate::kit::{append, fill, log, marks, news, next_news, open, read, tail};

/// As many large entries as are more than what may be on its way.
async fn fill_large(server: &NatsServer) -> Vec<Mark> {
    let log = log(server);
    let data = "x".repeat(700 << 10);
    let mut all = Vec::new();
    for _ in 0..60 {
        all.push(append(&log, news(&data)).await.expect("entry is stored").mark);
    }
    all
}

#[tokio::test]
async fn pages_of_large_entries_are_cut() {
    let server = NatsServer::start(Disk::Keeps).await;
    let all = fill_large(&server).await;
    let log = log(&server);
    let (mut from, mut seen) = (ReadFrom::Oldest, Vec::new());
    loop {
        let page = read(&log, from).await.expect("log can be read");
        assert_eq!(page.continuity, None);
        assert!(page.entries.len() < 30, "a page is of some 16 MiB: {}", page.entries.len());
        seen.extend(marks(&page));
        if page.at_head {
            break;
        }
        from = ReadFrom::After(page.upto);
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn a_tail_brings_large_entries() {
    let server = NatsServer::start(Disk::Keeps).await;
    let all = fill_large(&server).await;
    let mut follower = tail(&log(&server), Mark::default()).await;
    let mut seen = Vec::new();
    while seen.len() < all.len() {
        let page = next_news(&mut follower).await;
        assert_eq!(page.continuity, None);
        seen.extend(marks(&page));
    }
    assert_eq!(seen, all);
}

#[tokio::test]
async fn no_consumers_are_left_behind() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let all = fill(&log, 10).await;
    for _ in 0..50 {
        read(&log, ReadFrom::After(all[3])).await.expect("log can be read");
        drop(tail(&log, all[3]).await);
    }
    let follower = tail(&log, all[3]).await;
    // What the server is told after that, it knows when it answers.
    open(&log).await.expect("log can be opened");
    let stream = server.jetstream().await.get_stream("log").await.expect("it was made");
    assert_eq!(stream.cached_info().state.consumer_count, 1);
    drop(follower);
}
