//! What a hub costs within one process, in time and allocations:
//! `cargo bench -p tower-sse-hub --bench hub`.
//!
//! What it may cost at most is counted by the bench `goals`.

mod traffic;

use std::sync::atomic::{AtomicUsize, Ordering};

use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher};
use tower_sse_hub::{Hub, LastEventId};

use crate::traffic::{drain, publish};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const SUBSCRIBERS: [usize; 4] = [1, 100, 1_000, 10_000];

const PUBLISHERS: [usize; 2] = [1, 8];

/// How many events a publisher publishes at a time: starting a thread takes longer than one.
const BURST: usize = 1_000;

/// An event goes to all who wait for it, and they wait for the next.
#[divan::bench(args = SUBSCRIBERS)]
fn deliver(bencher: Bencher<'_, '_>, subscribers: usize) {
    let hub = Hub::new();
    let subscribe = |_| hub.subscribe(["topic"]).expect("a short name");
    let mut all: Vec<_> = (0..subscribers).map(subscribe).collect();
    all.iter_mut().for_each(|subscription| assert_eq!(drain(subscription), 0));
    bencher.counter(ItemsCount::new(subscribers)).bench_local(|| {
        publish(&hub, "topic");
        all.iter_mut().for_each(|subscription| assert_eq!(drain(subscription), 1));
    });
}

/// Threads that publish to the same topic.
#[divan::bench(threads = PUBLISHERS)]
fn publish_to_one(bencher: Bencher<'_, '_>) {
    let hub = Hub::new();
    let burst = || (0..BURST).for_each(|_| drop(publish(&hub, "topic")));
    bencher.counter(ItemsCount::new(BURST)).bench(burst);
    assert_eq!(hub.stats().topics, 1);
}

/// Threads that publish to a topic of their own.
#[divan::bench(threads = PUBLISHERS)]
fn publish_to_own(bencher: Bencher<'_, '_>) {
    static THREADS: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static TOPIC: String = format!("topic-{}", THREADS.fetch_add(1, Ordering::Relaxed));
    }

    let hub = Hub::new();
    let burst = || TOPIC.with(|topic| (0..BURST).for_each(|_| drop(publish(&hub, topic))));
    bencher.counter(ItemsCount::new(BURST)).bench(burst);
    assert!(PUBLISHERS.contains(&hub.stats().topics));
}

/// 1,000 come back at once, and have missed 1,000 events.
#[divan::bench]
fn resume(bencher: Bencher<'_, '_>) {
    const SUBSCRIBERS: usize = 1_000;
    const MISSED: usize = 1_000;

    let hub = Hub::new();
    let seen = publish(&hub, "topic");
    (0..MISSED).for_each(|_| drop(publish(&hub, "topic")));
    let subscribe = |_| {
        let subscription = hub.subscribe(["topic"]).expect("a short name");
        subscription.with_last_event_id(LastEventId::Id(seen.clone()))
    };
    bencher
        .counter(ItemsCount::new(SUBSCRIBERS * MISSED))
        .with_inputs(|| (0..SUBSCRIBERS).map(subscribe).collect::<Vec<_>>())
        .bench_local_refs(|all| {
            all.iter_mut().for_each(|subscription| assert_eq!(drain(subscription), MISSED));
        });
}
