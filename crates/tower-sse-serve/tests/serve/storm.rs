//! Many clients of several topics at once, over several loops.

use std::collections::HashMap;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tower_sse_axum::{Event, KeepAlive, Sse};
use tower_sse_hub::{Hub, Retention, Subscription};

use crate::client::Client;
use crate::server::Server;

const CLIENTS: usize = 120;
const EVENTS: usize = 3000;
const TOPICS: [&str; 3] = ["a", "b", "c"];

/// What the clients read: one topic, as most, or two.
const READ: [&str; 5] = ["a", "a", "b", "a-b", "c"];

/// Often enough that signs of life come between the events; without permits, so that nobody but a
/// group has what wakes a stream.
const PINGS: [u64; 3] = [20, 31, 50];

async fn events(
    State(hub): State<Hub>,
    Path((topics, ping)): Path<(String, u64)>,
) -> Sse<Subscription> {
    let mut events = hub.subscribe(topics.split('-')).expect("short names");
    let ping = KeepAlive::every(Duration::from_millis(ping));
    let ping = if topics == "b" { ping.with_fn(events.checkpoints()) } else { ping };
    Sse::new(events).with_keep_alive(ping)
}

/// Reads to the last event of each topic, and sees that nothing is missing.
async fn read(mut client: Client, topics: &str, is_slow: bool) {
    let mut next: HashMap<&str, usize> = topics.split('-').map(|topic| (topic, 0)).collect();
    while next.values().any(|next| *next < EVENTS) {
        if is_slow {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(..20))).await;
        }
        let chunk = String::from_utf8(client.chunk().await).expect("it is text");
        for data in chunk.lines().filter_map(|line| line.strip_prefix("data: ")) {
            let mut words = data.split(' ');
            let topic = words.next().expect("it begins with its topic");
            let number = words.next().and_then(|number| number.parse().ok());
            let next = next.get_mut(topic).expect("it is one of its topics");
            assert_eq!(number, Some(*next), "{topics}: {topic}");
            *next += 1;
        }
    }
}

fn publish(hub: &Hub) {
    let mut next = [0; TOPICS.len()];
    let left = |next: &[usize]| (0..TOPICS.len()).filter(|n| next[*n] < EVENTS).collect::<Vec<_>>();
    while let Some(topic) = fastrand::choice(left(&next)) {
        let padding = if fastrand::u8(..) == 0 { 20_000 } else { fastrand::usize(..200) };
        let text = format!("{} {} {}", TOPICS[topic], next[topic], "x".repeat(padding));
        hub.publish_now(TOPICS[topic], Event::new(text)).expect("it is small enough");
        next[topic] += 1;
        match fastrand::u8(..) {
            0..2 => thread::sleep(Duration::from_millis(fastrand::u64(..60))),
            2..60 => thread::sleep(Duration::from_micros(100)),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn nothing_is_lost_in_a_storm() {
    let retention = Retention::new().with_count(usize::MAX).with_bytes(usize::MAX);
    let hub = Hub::with_retention(retention);
    let app = Router::new().route("/{topics}/{ping}", get(events)).with_state(hub.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let two = 2.try_into().expect("it is not zero");
    let server = Server::start_at(listener, app, |serve| serve.with_loops(two));
    let mut clients = JoinSet::new();
    for n in 0..CLIENTS {
        let (topics, ping) = (READ[n % READ.len()], PINGS[n / READ.len() % PINGS.len()]);
        let mut client = Client::get(server.address, &format!("/{topics}/{ping}")).await;
        client.head().await;
        clients.spawn(read(client, topics, n % 11 == 0));
    }
    let publisher = thread::spawn(move || publish(&hub));
    while let Some(read) = clients.join_next().await {
        read.expect("a client has everything");
    }
    publisher.join().expect("all is published");
    assert!(server.takeovers.shared() > 0, "many wait at the same place");
}
