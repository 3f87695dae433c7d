//! What many clients cost the log.

use std::time::Duration;

use futures_util::StreamExt;
use logs::{Disk, Engine};
use tokio::time::{Instant, timeout};
use tower_sse_hub::{Event, EventId, Hub, LastEventId, Subscription};

use crate::counted::Counted;
use crate::node::{Node, remembering};

on_each_engine!(ten_thousand_who_come_back_cost_as_many_reads_as_ten);

const TOPICS: usize = 50;

/// Three pages of 512.
const EVENTS: usize = 1100;

/// What was just begun, and the check at the begin; the pages; and one that may be read once more
/// since there was more to come.
const READS: usize = 2 + 3 + 1;

/// How long all may take together, in a build that is not optimised.
const LONG: Duration = Duration::from_secs(60);

async fn ten_thousand_who_come_back_cost_as_many_reads_as_ten<E: Engine>() {
    let engine = E::start(Disk::Keeps).await;
    let cursor = {
        let node = Node::open(remembering(1000), engine.log("log")).await;
        let cursor = publish(&node.hub, "before".to_owned()).await;
        for nth in 0..EVENTS {
            publish(&node.hub, (nth % TOPICS).to_string()).await;
        }
        cursor
    };
    for (clients, of_each) in [(10, EVENTS / TOPICS), (10_000, EVENTS / TOPICS + 1)] {
        // A node that has just begun remembers little.
        let log = Counted::new(engine.log("log"));
        let node = Node::open(remembering(2), log.clone()).await;
        let start = Instant::now();
        let mut all: Vec<_> = (0..clients).map(|nth| resume(&node.hub, nth, &cursor)).collect();
        for events in &mut all {
            timeout(LONG, read(events, of_each)).await.expect("it gets all");
        }
        let took = start.elapsed();
        for topic in 0..TOPICS {
            publish(&node.hub, topic.to_string()).await;
        }
        for events in &mut all {
            timeout(LONG, read(events, 1)).await.expect("it gets what is new");
        }
        let (reads, tails) = (log.reads(), log.tails());
        println!("{}: {clients} clients, {reads} reads, {tails} tails, {took:.2?}", E::NAME);
        assert!(reads <= READS, "{reads} reads for {clients} clients");
        assert_eq!(tails, 1);
    }
}

async fn publish(hub: &Hub, topic: String) -> EventId {
    hub.publish(topic, Event::new("data")).await.expect("it is stored")
}

fn resume(hub: &Hub, nth: usize, cursor: &EventId) -> Subscription {
    let events = hub.subscribe([(nth % TOPICS).to_string()]).expect("it is one topic");
    events.with_last_event_id(LastEventId::Id(cursor.clone()))
}

/// Reads so many events, and not one more.
async fn read(events: &mut Subscription, count: usize) {
    let mut seen = 0;
    while seen < count {
        let item = events.next().await.expect("stream goes on");
        let text = std::str::from_utf8(item.bytes()).expect("streams are text");
        assert!(!text.contains("event: gap"), "{text}");
        seen += text.matches("data: ").count();
    }
    assert_eq!(seen, count);
}
