//! Who was away for longer than the log keeps what is published.

use futures_util::StreamExt;
use logs::{Disk, Engine};
use tokio::time::timeout;
use tower_sse_hub::{Event, LastEventId};

use crate::counted::Counted;
use crate::node::{Node, remembering};
use crate::until::PATIENCE;

on_each_engine!(what_was_trimmed_is_told_once);

const KEPT: usize = 100;

/// Much more than what a log keeps beyond that.
const PUBLISHED: usize = 1000;

/// What was just begun, the check at the begin, and a page or two.
const READS: usize = 2 + 2;

async fn what_was_trimmed_is_told_once<E: Engine>() {
    let engine = E::start(Disk::Keeps).await;
    let log = Counted::new(engine.bounded("log", KEPT));
    let Node { hub, .. } = &Node::open(remembering(5), log.clone()).await;
    let mut ids = Vec::new();
    for nth in 0..PUBLISHED {
        let published = hub.publish("news", Event::new(nth.to_string())).await;
        ids.push(published.expect("it is stored"));
    }
    hub.reached(&ids[PUBLISHED - 1]).await.expect("it is of this log");
    let events = hub.subscribe(["news"]).expect("it is one topic");
    let mut events = events.with_last_event_id(LastEventId::Id(ids[0].clone()));
    let mut seen = String::new();
    while !seen.contains(&format!("id: {}\n", ids[PUBLISHED - 1])) {
        let item = timeout(PATIENCE, events.next()).await.expect("it comes");
        let item = item.expect("stream goes on");
        seen += std::str::from_utf8(item.bytes()).expect("streams are text");
    }
    assert!(seen.starts_with("event: gap"), "{}", &seen[..200]);
    let remained = seen.matches("data: ").count() - 1;
    let data = |nth: usize| format!("data: {nth}\n");
    assert!((PUBLISHED - remained..PUBLISHED).all(|nth| seen.contains(&data(nth))));
    let reads = log.reads();
    println!("{}: {remained} remained, {reads} reads", E::NAME);
    assert!(reads <= READS, "{reads} reads");
}
