//! How long an event takes from who publishes it to another node: by the client of NATS alone, by the
//! log, and by hubs. `cargo bench -p logs --bench nats_latency`
//!
//! It fails when the log, or hubs, take more than one and a half times as long as the client alone.
//! Every hub follows the log, also that of who publishes: what this costs by itself, the client shows
//! with a reader on each node. Then it counts how much is written and read in a second.

mod latency;

use std::future::ready;
use std::time::Instant;

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::stream::Config;
use async_nats::jetstream::{self, Context};
use futures_util::{Stream, StreamExt, stream};
use latency::{
    LIMIT, Node, TOPIC, data, entry, follow_hub, follow_log, hub, judge, receive, rounds, wait,
};
use logs::{Disk, Engine, NatsServer};
use tower_sse_hub::Event;
use tower_sse_hub::log::{Log, ReadFrom};
use tower_sse_nats::{NatsLog, StreamName};

const BURST: usize = 50_000;
const AT_ONCE: usize = 256;

#[tokio::main]
async fn main() {
    if let Some(url) = Node::server() {
        return node(&url).await;
    }
    // As a test, it is there to be built: what it says is for a machine that does nothing else.
    if std::env::args().any(|arg| arg == "--bench") {
        // In a task, as those who serve connections are: the main thread is woken more slowly.
        tokio::spawn(measure()).await.expect("it is measured");
    }
}

async fn measure() {
    let server = NatsServer::start(Disk::Keeps).await;
    let url = server.url();
    let client = connect(&url).await;
    for name in ["one", "each"] {
        let subjects = vec![format!("{name}.*")];
        let config = Config { name: name.into(), subjects, ..Config::default() };
        client.create_stream(config).await.expect("a stream can be made");
    }
    tokio::spawn(receive(follow(&url, "each").await));
    let log_of = |name| log(&url, name);
    let log = log_of("log");
    log.open().await.expect("log can be opened");
    let hub = hub(log_of("hub")).await;
    let node = Node::start(&url).await;

    let mut published = [const { Vec::new() }; 4];
    for data in rounds() {
        let [one, each, by_log, by_hubs] = &mut published;
        for (published, subject) in [(one, "one.news"), (each, "each.news")] {
            let data = data.clone().into();
            published.push(wait().await);
            let sent = client.publish(subject, data).await;
            sent.expect("it is sent").await.expect("it is stored");
        }
        let entry = entry(data.clone());
        by_log.push(wait().await);
        log.append(entry).await.expect("it is stored");
        let event = Event::new(data);
        by_hubs.push(wait().await);
        hub.publish(TOPIC, event).await.expect("it is stored");
    }
    fill(&log).await;
    read(&log).await;
    let [log, hubs] = judge(&published, node).await;
    assert!(log <= LIMIT, "log takes {log:.2} times as long as the client alone");
    assert!(hubs <= LIMIT, "hubs take {hubs:.2} times as long as the client alone");
}

/// The other node.
async fn node(url: &str) {
    Node::run([
        tokio::spawn(receive(follow(url, "one").await)),
        tokio::spawn(receive(follow(url, "each").await)),
        tokio::spawn(receive(follow_log(log(url, "log")).await)),
        tokio::spawn(receive(follow_hub(log(url, "hub")).await)),
    ])
    .await;
}

fn log(url: &str, name: &str) -> NatsLog {
    let name = StreamName::new(name).expect("it is plain");
    NatsLog::new(url).expect("it is an address").with_stream(name).with_count(1_000_000)
}

/// What somebody reads who uses the client alone.
async fn follow(url: &str, name: &str) -> impl Stream<Item = impl AsRef<[u8]> + use<>> + use<> {
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let consumer = connect(url).await.create_consumer_on_stream(config, name).await;
    let consumer = consumer.expect("a consumer can be made");
    let messages = consumer.messages().await.expect("messages can be asked for");
    messages.map(|message| message.expect("it is received").payload.clone())
}

async fn connect(url: &str) -> Context {
    jetstream::new(async_nats::connect(url).await.expect("server takes connections"))
}

/// Writes a number of entries, some at once.
async fn fill(log: &NatsLog) {
    let start = Instant::now();
    let appends = (0..BURST).map(|nth| log.append(entry(data(nth))));
    let stored = stream::iter(appends).buffer_unordered(AT_ONCE);
    let count = stored.filter(|stored| ready(stored.is_ok())).count().await;
    assert_eq!(count, BURST);
    println!("written: {:.0} in a second", BURST as f64 / start.elapsed().as_secs_f64());
}

/// Reads all that there is, in pages as a hub reads them.
async fn read(log: &NatsLog) {
    let (start, mut from, mut count, mut pages) = (Instant::now(), ReadFrom::Oldest, 0, 0);
    loop {
        let page = log.read(from, 512).await.expect("log can be read");
        count += page.entries.len();
        pages += 1;
        if page.at_head {
            break;
        }
        from = ReadFrom::After(page.upto);
    }
    assert!(count > BURST);
    let time = start.elapsed();
    println!(
        "read: {:.0} in a second, {:?} a page",
        count as f64 / time.as_secs_f64(),
        time / pages
    );
}
