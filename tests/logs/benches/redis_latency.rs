//! How long an event takes from who publishes it to another node: by the client of Redis alone, by
//! the log, and by hubs. `cargo bench -p logs --bench redis_latency`
//!
//! They take turns in one run, on one server, with a reader that waits already. It fails when the log
//! takes more than one and a half times as long as the client alone. Both hubs follow the log, as two
//! machines do: here they share one, and its processors, with the server. Then it counts how much is
//! written and read in a second.

use std::pin::{Pin, pin};
use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use logs::{Disk, Engine, RedisServer};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, IntoConnectionInfo, Value, cmd};
use tower_sse_hub::log::{Content, Log, NewEntry, ReadFrom};
use tower_sse_hub::{Event, Hub, Mark, TopicName};
use tower_sse_redis::RedisLog;

const ROUNDS: usize = 2000;
const WARM_UP: usize = 200;
/// For how long a reader has waited when something is published.
const WAITS: Duration = Duration::from_millis(2);
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
    // In a task, as those who serve connections are: the main thread is woken more slowly.
    tokio::spawn(measure()).await.expect("it is measured");
}

async fn measure() {
    // Nobody waits for the disk.
    let server = RedisServer::start_with(Disk::Keeps, &["--appendfsync", "everysec"]).await;
    let data = "x".repeat(200);

    let (mut publisher, mut subscriber) = (connect(&server).await, connect(&server).await);
    let mut last = "0-0".to_owned();

    let (writer, reader) = (server.log("log"), server.log("log"));
    let topic = TopicName::new("news").expect("it is short");
    let news = || NewEntry::new(topic.clone(), Content::Event(Event::new(&*data)), None);
    let first = writer.append(news()).await.expect("it is stored").mark;
    let mut tail = reader.tail(first).await.expect("log can be followed");

    let (here, driver) = Hub::builder().open(server.log("hub")).await.expect("log can be read");
    tokio::spawn(driver.run());
    let (there, driver) = Hub::builder().open(server.log("hub")).await.expect("log can be read");
    tokio::spawn(driver.run());
    let mut events = there.subscribe(["news"]).expect("one topic is few");

    let (mut by_client, mut by_log, mut by_hubs) = <(Times, Times, Times)>::default();
    for _ in 0..ROUNDS + WARM_UP {
        let mut add = cmd("XADD");
        add.arg("bare").arg("MAXLEN").arg("~").arg(100_000).arg("*").arg("d").arg(&data);
        let mut read = cmd("XREAD");
        read.arg("COUNT").arg(512).arg("BLOCK").arg(1000).arg("STREAMS").arg("bare").arg(&last);
        let receive = pin!(read.query_async::<Value>(&mut subscriber));
        let publish = add.query_async::<String>(&mut publisher);
        let (time, id, received) = time(publish, receive).await;
        let received = received.expect("it is read");
        last = id.expect("it is stored");
        assert!(format!("{received:?}").contains("bulk-string"));
        by_client.0.push(time);

        let receive = pin!(async {
            loop {
                let page = tail.next().await.expect("log goes on");
                assert_eq!(page.continuity, None);
                if let Some(entry) = page.entries.into_iter().next() {
                    return entry;
                }
            }
        });
        let (time, stored, entry) = self::time(writer.append(news()), receive).await;
        assert_eq!(entry.mark, stored.expect("it is stored").mark);
        by_log.0.push(time);

        let publish = async { here.publish("news", Event::new(&*data)).await };
        let receive = pin!(events.next());
        let (time, id, event) = self::time(publish, receive).await;
        let id = id.expect("it is stored");
        assert_eq!(event.expect("it goes on").id(), Some(id));
        by_hubs.0.push(time);
    }
    let client = by_client.print("client");
    let log = by_log.print("log");
    let hubs = by_hubs.print("hubs");
    let ratio = log.as_secs_f64() / client.as_secs_f64();
    println!("log {ratio:.2}, hubs {:.2}", hubs.as_secs_f64() / client.as_secs_f64());
    burst(&server, &news).await;
    assert!(ratio <= LIMIT, "log takes {ratio:.2} times as long as the client alone");
}

/// How long it takes until somebody who waits receives what is published, and what both come to.
async fn time<P: Future, R: Future>(
    publish: P,
    mut receive: Pin<&mut R>,
) -> (Duration, P::Output, R::Output) {
    tokio::select! {
        biased;
        _ = &mut receive => panic!("nothing was published"),
        () = tokio::time::sleep(WAITS) => {}
    }
    let start = Instant::now();
    let receive = async { (receive.await, start.elapsed()) };
    let (published, (received, time)) = tokio::join!(publish, receive);
    (time, published, received)
}

/// As somebody would who uses the client alone.
async fn connect(server: &RedisServer) -> MultiplexedConnection {
    let info = server.url().into_connection_info().expect("it is a url");
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let client = Client::open(info.set_tcp_settings(tcp)).expect("it is a url");
    let how = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(3)));
    let connection = client.get_multiplexed_async_connection_with_config(&how).await;
    connection.expect("server can be reached")
}

/// How much is written, and read, in a second.
async fn burst(server: &RedisServer, news: &impl Fn() -> NewEntry) {
    let log: RedisLog = server.log("burst");
    let start = Instant::now();
    let mut stored = stream::iter(0..BURST).map(|_| log.append(news())).buffer_unordered(AT_ONCE);
    while let Some(stored) = stored.next().await {
        stored.expect("it is stored");
    }
    print_rate("written", start);

    let start = Instant::now();
    let (mut upto, mut count) = (Mark::default(), 0);
    while count < BURST {
        let page = log.read(ReadFrom::After(upto), 512).await.expect("log can be read");
        assert_eq!(page.continuity, None);
        count += page.entries.len();
        upto = page.upto;
    }
    print_rate("read in pages", start);

    let start = Instant::now();
    let mut tail = log.tail(Mark::default()).await.expect("log can be followed");
    let mut count = 0;
    while count < BURST {
        let page = tail.next().await.expect("log goes on");
        assert_eq!(page.continuity, None);
        count += page.entries.len();
    }
    print_rate("followed", start);
}

fn print_rate(what: &str, start: Instant) {
    let rate = BURST as f64 / start.elapsed().as_secs_f64();
    println!("{what}: {rate:.0} entries of 200 bytes in a second");
}
