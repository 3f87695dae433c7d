//! What a hub may cost at most: `cargo bench -p tower-sse-hub --bench goals`.
//!
//! Memory and allocations are counted by an allocator. A row is a figure and, where one is set, its
//! goal; a goal that is missed makes it fail.

mod traffic;

use std::env;
use std::hint::black_box;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use allocation_counter::measure;
use tower_sse_hub::{EventId, Hub, LastEventId, Retention, Stream, Subscription};

use crate::traffic::{drain, publish};

fn main() -> ExitCode {
    // As a test, it is there to run at all.
    let is_bench = env::args().any(|arg| arg == "--bench");
    let (many, few) = if is_bench { (1_000_000, 10_000) } else { (1_000, 100) };

    let mut all_hold = true;
    let mut row = |name: &str, figure: f64, goal: Option<f64>| {
        let (holds, goal) = match goal {
            Some(goal) => (figure <= goal, format!("<= {goal}")),
            None => (true, String::new()),
        };
        all_hold &= holds || !is_bench;
        println!("{name:<58}{figure:>9.2} {goal:<8}{}", if holds { "" } else { " MISSED" });
    };
    println!("of {few} subscribers, {many} topics, {many} events:");
    row("bytes of an idle subscriber", subscriber_bytes(few), Some(256.0));
    row("bytes of a topic that has a subscriber", waited_topic_bytes(many), None);
    row("bytes of a topic that has an event", topic_bytes(many), None);
    row("allocations of a delivery", delivery_allocations(few), Some(0.0));
    row("time to resume, over that among 1,000 events", resume_growth(many), Some(2.0));
    if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Of one who has got an event, and waits for the next.
fn subscriber_bytes(subscribers: usize) -> f64 {
    let hub = Hub::new();
    let mut all = Vec::new();
    let memory = measure(|| {
        all.reserve_exact(subscribers);
        all.extend((0..subscribers).map(|_| waiting(&hub, "topic")));
        deliver(&hub, &mut all);
    });
    memory.bytes_current as f64 / subscribers as f64
}

fn waited_topic_bytes(topics: usize) -> f64 {
    let hub = Hub::new();
    let mut all = Vec::new();
    let memory = measure(|| {
        all.reserve_exact(topics);
        all.extend((0..topics).map(|i| waiting(&hub, &name(i))));
    });
    assert_eq!(hub.stats().topics, topics);
    memory.bytes_current as f64 / topics as f64
}

fn topic_bytes(topics: usize) -> f64 {
    let hub = hub_that_keeps(topics);
    let memory = measure(|| (0..topics).for_each(|i| drop(publish(&hub, &name(i)))));
    assert_eq!(hub.stats().topics, topics);
    memory.bytes_current as f64 / topics as f64
}

/// How many more there are for each subscriber more.
fn delivery_allocations(subscribers: usize) -> f64 {
    let allocations = |subscribers| {
        let hub = Hub::new();
        let mut all: Vec<_> = (0..subscribers).map(|_| waiting(&hub, "topic")).collect();
        // The first ones pay for the room that all share.
        (0..3).for_each(|_| deliver(&hub, &mut all));
        measure(|| deliver(&hub, &mut all)).count_total as f64
    };
    (allocations(subscribers) - allocations(1)) / (subscribers - 1) as f64
}

/// The median of what it takes to resume among so many events over what it takes among 1,000. The
/// two take turns.
fn resume_growth(events: usize) -> f64 {
    const FEW: usize = 1_000;
    const ROUNDS: usize = 25;

    let [many, few] = [events, FEW].map(|events| {
        let hub = hub_that_keeps(events);
        let ids: Vec<_> = (0..events).map(|_| publish(&hub, "topic")).collect();
        // In no order: a client's id is not next to that of the one before.
        let stride = events * 618 / 1000 + 1;
        let places = (0..FEW).map(|i| i * stride % events);
        let asked: Vec<_> = places.map(|at| (ids[at].clone(), events - 1 - at)).collect();
        (hub, asked)
    });
    let seconds = |(hub, asked): &(Hub, Vec<_>)| resume(hub, asked).as_secs_f64();
    let mut ratios: Vec<f64> = (0..ROUNDS).map(|_| seconds(&many) / seconds(&few)).collect();
    ratios.sort_by(f64::total_cmp);
    ratios[ROUNDS / 2]
}

/// How long it takes until the hub knows for each id that nothing is missing after it, and how much
/// there is.
fn resume(hub: &Hub, asked: &[(EventId, usize)]) -> Duration {
    let started = Instant::now();
    let resumed = asked.iter().map(|(id, _)| {
        let subscription = hub.subscribe(["topic"]).expect("a short name");
        let id = LastEventId::Id(id.clone());
        let mut subscription = subscription.with_last_event_id(id).with_resumed();
        assert!(!black_box(subscription.is_over()));
        subscription
    });
    let resumed: Vec<_> = resumed.collect();
    let elapsed = started.elapsed();
    for (mut subscription, (_, missed)) in resumed.into_iter().zip(asked) {
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(Some(first)) = Pin::new(&mut subscription).poll_next(&mut cx) else {
            panic!("it does not say that it has resumed");
        };
        let said = format!("\"replayed\":{missed}}}");
        assert!(first.bytes().windows(said.len()).any(|bytes| bytes == said.as_bytes()));
    }
    elapsed
}

/// A hub that forgets nothing as long as this runs.
fn hub_that_keeps(events: usize) -> Hub {
    let retention = Retention::new().with_count(events).with_age(Duration::from_secs(86_400));
    Hub::with_retention(retention.with_bytes(usize::MAX).with_total_bytes(usize::MAX))
}

fn name(topic: usize) -> String {
    format!("topic-{topic}")
}

fn waiting(hub: &Hub, topic: &str) -> Subscription {
    let mut subscription = hub.subscribe([topic]).expect("a short name");
    assert_eq!(drain(&mut subscription), 0);
    subscription
}

/// All who wait get an event, and wait again.
fn deliver(hub: &Hub, all: &mut [Subscription]) {
    publish(hub, "topic");
    all.iter_mut().for_each(|subscription| assert_eq!(drain(subscription), 1));
}
