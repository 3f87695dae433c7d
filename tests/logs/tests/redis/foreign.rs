//! Entries that were written by somebody else.

use logs::{Disk, Engine, RedisServer};
use tower_sse_hub::log::{Log, ReadFrom};
use tower_sse_hub::{Event, Hub, Mark};

use crate::kit::{after, data, fill, follow, news, patiently, send, tail};

#[tokio::test]
async fn what_others_wrote_is_skipped_and_counted() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let first = fill(&log, &["one"]).await[0];
    for fields in [
        "hello world",
        "v 2 c 7 k d t news e _ r _ x _ d data",
        "v 1 c 7 k new t news d data",
        "v 1 t news d data",
        "a 1 b 2 c 3 d 4 e 5",
    ] {
        server.tell(&format!("XADD log * {fields}")).await;
    }
    let last = fill(&log, &["two"]).await[0];

    let page = after(&log, Mark::default()).await;
    assert_eq!((data(&page.entries), page.skipped), (vec!["one", "two"], 5));
    let page = after(&log, first).await;
    assert_eq!((data(&page.entries), page.skipped, page.upto), (vec!["two"], 5, last));
    let page = patiently(log.read(ReadFrom::Newest, 3)).await.expect("log can be read");
    assert_eq!((data(&page.entries), page.skipped, page.upto), (vec!["two"], 2, last));
    let mut follower = tail(&log, first).await;
    let page = patiently(follower.next()).await.expect("log can be followed");
    assert_eq!((data(&page.entries), page.skipped, page.upto), (vec!["two"], 5, last));
}

#[tokio::test]
async fn reading_goes_on_after_what_others_wrote() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let mut upto = Mark::default();
    for fields in ["hello world", "hello world", "v 2 c 7"] {
        server.tell(&format!("XADD log * {fields}")).await;
        let opened = patiently(log.open()).await.expect("log can be opened");
        let page = after(&log, upto).await;
        assert_eq!((page.entries.len(), page.at_head), (0, true));
        assert_eq!(page.upto, opened.newest);
        let mut follower = tail(&log, page.upto).await;
        let page = after(&log, page.upto).await;
        assert_eq!((page.continuity, page.upto), (None, opened.newest));
        let text = format!("after {fields}");
        upto = fill(&log, &[&text]).await[0];
        let (entries, broken) = follow(&mut *follower, 1).await.expect("tail goes on");
        assert_eq!((data(&entries), broken), (vec![&*text], None));
    }
}

#[tokio::test]
async fn a_hub_counts_them() {
    let server = RedisServer::start(Disk::Forgets).await;
    server.tell("XADD log * hello world").await;
    let (hub, driver) = Hub::builder().open(server.log("log")).await.expect("log can be opened");
    tokio::spawn(driver.run());
    server.tell("XADD log * v 2").await;
    let id = hub.publish("news", Event::new("data")).await.expect("it is stored");
    patiently(hub.reached(&id)).await.expect("it is of this hub");
    assert_eq!((hub.stats().published, hub.stats().skipped_entries), (1, 2));
}

/// The clock of the server was ahead, and was set right.
#[tokio::test]
async fn positions_grow_whatever_the_clock_says() {
    let server = RedisServer::start(Disk::Forgets).await;
    let log = server.log("log");
    let before = fill(&log, &["one"]).await[0];
    server.tell("XADD log 9999999999999-5 hello world").await;
    let marks = fill(&log, &["two", "three"]).await;
    assert_eq!(marks[0].position.to_string(), "9999999999999-6");
    let page = after(&log, before).await;
    assert_eq!((data(&page.entries), page.continuity), (vec!["two", "three"], None));
    let (entries, broken) =
        follow(&mut *tail(&log, marks[0]).await, 1).await.expect("tail goes on");
    assert_eq!((data(&entries), broken), (vec!["three"], None));

    // There are no more ids after this one.
    server.tell("XADD log 18446744073709551615-18446744073709551615 hello world").await;
    let error = send(&log, news("data")).await.expect_err("there is no place for it");
    assert!(error.is_refused());
    let page = after(&log, marks[0]).await;
    assert_eq!((data(&page.entries), page.skipped), (vec!["three"], 1));
}
