//! How long an event takes from who publishes it to another node: by the client of NATS alone, by the
//! log, and by hubs. `cargo bench -p logs --bench nats_latency`
//!
//! They take turns in one run, on one server. It fails when the log takes more than one and a half
//! times as long as the client alone. Then it counts how much is written and read in a second.

use std::future::ready;
use std::time::{Duration, Instant};

use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::stream::Config;
use futures_util::{StreamExt, stream};
use logs::{Disk, Engine, NatsServer};
use tower_sse_hub::log::{Content, Log, NewEntry, ReadFrom};
use tower_sse_hub::{Event, Hub, TopicName};
use tower_sse_nats::NatsLog;

const ROUNDS: usize = 3000;
const WARM_UP: usize = 300;
const LIMIT: f64 = 1.5;
const BURST: usize = 50_000;
const AT_ONCE: usize = 256;

/// The times of one way, each from before an event is published until it is received.
#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    /// The time below which so many of a hundred are.
    fn at(&self, percent: usize) -> Duration {
        self.0[(self.0.len() - 1) * percent / 100]
    }

    fn print(&mut self, what: &str) -> Duration {
        self.0.drain(..WARM_UP);
        self.0.sort_unstable();
        let (median, late) = (self.at(50), self.at(99));
        println!("{what:8} median {median:?}, 99 of 100 within {late:?}");
        median
    }
}

#[tokio::main]
async fn main() {
    // As a test, it is there to be built: what it says is for a machine that does nothing else.
    if !std::env::args().any(|arg| arg == "--bench") {
        return;
    }
    let server = NatsServer::start(Disk::Keeps).await;
    let data = "x".repeat(200);

    let (publisher, subscriber) = (server.jetstream().await, server.jetstream().await);
    let config =
        Config { name: "bare".into(), subjects: vec!["bare.*".into()], ..Config::default() };
    publisher.create_stream(config).await.expect("a stream can be made");
    let config = pull::Config { ack_policy: AckPolicy::None, ..pull::Config::default() };
    let consumer = subscriber.create_consumer_on_stream(config, "bare").await;
    let consumer = consumer.expect("a consumer can be made");
    let mut messages = consumer.messages().await.expect("messages can be asked for");

    let (writer, reader) = (server.log("log"), server.log("log"));
    let opened = writer.open().await.expect("log can be opened");
    let mut tail = reader.tail(opened.newest).await.expect("log can be followed");
    let topic = TopicName::new("news").expect("it is short");

    let (here, driver) = Hub::builder().open(server.log("hub")).await.expect("log can be read");
    tokio::spawn(driver.run());
    let (there, driver) = Hub::builder().open(server.log("hub")).await.expect("log can be read");
    tokio::spawn(driver.run());
    let mut events = there.subscribe(["news"]).expect("one topic is few");

    let (mut by_client, mut by_log, mut by_hubs) = <(Times, Times, Times)>::default();
    for _ in 0..ROUNDS + WARM_UP {
        let start = Instant::now();
        let publish = async {
            let sent = publisher.publish("bare.news", data.clone().into()).await;
            sent.expect("it is sent").await.expect("it is stored")
        };
        let receive = async {
            let message = messages.next().await.expect("it goes on").expect("it is received");
            (message, start.elapsed())
        };
        let (_, (message, time)) = tokio::join!(publish, receive);
        assert_eq!(message.payload, data);
        by_client.0.push(time);

        let content = Content::Event(Event::new(&*data));
        let start = Instant::now();
        let publish = writer.append(NewEntry::new(topic.clone(), content.clone(), None));
        let receive = async {
            loop {
                let page = tail.next().await.expect("it goes on");
                if let Some(entry) = page.entries.into_iter().next() {
                    return (entry, start.elapsed());
                }
            }
        };
        let (appended, (entry, time)) = tokio::join!(publish, receive);
        assert_eq!(entry.mark, appended.expect("it is stored").mark);
        assert_eq!(entry.content, content);
        by_log.0.push(time);

        let start = Instant::now();
        let publish = here.publish("news", Event::new(&*data));
        let receive = async { (events.next().await.expect("it goes on"), start.elapsed()) };
        let (id, (event, time)) = tokio::join!(publish, receive);
        assert_eq!(event.id(), Some(id.expect("it is stored")));
        by_hubs.0.push(time);
    }
    let client = by_client.print("client");
    let log = by_log.print("log");
    let hubs = by_hubs.print("hubs");
    let ratio = log.as_secs_f64() / client.as_secs_f64();
    println!("log {ratio:.2}, hubs {:.2}", hubs.as_secs_f64() / client.as_secs_f64());
    assert!(ratio <= LIMIT, "log takes {ratio:.2} times as long as the client alone");
    fill(&writer, &data).await;
    read(&writer).await;
}

/// Writes a number of entries, some at once.
async fn fill(log: &NatsLog, data: &str) {
    let topic = TopicName::new("news").expect("it is short");
    let start = Instant::now();
    let appends = (0..BURST)
        .map(|_| log.append(NewEntry::new(topic.clone(), Content::Event(Event::new(data)), None)));
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
