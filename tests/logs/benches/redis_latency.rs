//! How long an event takes from who publishes it to another node: by the client of Redis alone, by
//! the log, and by hubs. `cargo bench -p logs --bench redis_latency`
//!
//! It fails when the log takes more than one and a half times as long as the client alone. Hubs take
//! longer, and the client alone does as well with a reader on each node, since every hub follows the
//! log, also that of who publishes: two are answered and woken, on processors that all share here. What
//! a hub adds to that is the proof with each page that nothing is missing, and to hand it on. Then it
//! counts how much is written and read in a second.

mod latency;

use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt, stream};
use latency::{
    LIMIT, Node, TOPIC, data, entry, follow_hub, follow_log, hub, judge, receive, rounds, wait,
};
use logs::{Disk, Engine, RedisServer};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, Value, cmd};
use tower_sse_hub::log::{Log, ReadFrom};
use tower_sse_hub::{Event, Mark};
use tower_sse_redis::RedisLog;

const BURST: usize = 50_000;
const AT_ONCE: usize = 256;

/// For how long a reader of the client waits for an entry: for longer than it has to.
const BLOCK: Duration = Duration::from_secs(60);

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
    // Nobody waits for the disk.
    let server = RedisServer::start_with(Disk::Keeps, &["--appendfsync", "everysec"]).await;
    let url = server.url();
    let mut client = connect(&url, AsyncConnectionConfig::new()).await;
    tokio::spawn(receive(follow(&url, "each").await));
    let log_of = |name| log(&url, name);
    let log = log_of("log");
    log.append(entry(String::new())).await.expect("it is stored");
    let hub = hub(log_of("hub")).await;
    let node = Node::start(&url).await;

    let mut published = [const { Vec::new() }; 4];
    for data in rounds() {
        let [one, each, by_log, by_hubs] = &mut published;
        for (published, key) in [(one, "one"), (each, "each")] {
            let add = add(key, &data);
            published.push(wait().await);
            add.query_async::<String>(&mut client).await.expect("it is stored");
        }
        let entry = entry(data.clone());
        by_log.push(wait().await);
        log.append(entry).await.expect("it is stored");
        let event = Event::new(data);
        by_hubs.push(wait().await);
        hub.publish(TOPIC, event).await.expect("it is stored");
    }
    burst(&server).await;
    let [log, _] = judge(&published, node).await;
    assert!(log <= LIMIT, "log takes {log:.2} times as long as the client alone");
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

fn log(url: &str, name: &str) -> RedisLog {
    RedisLog::new(url, name).expect("it is a url").with_count(1_000_000)
}

fn add(key: &str, data: &str) -> Cmd {
    let mut add = cmd("XADD");
    add.arg(key).arg("MAXLEN").arg("~").arg(100_000).arg("*").arg("d").arg(data);
    add
}

/// What somebody reads who uses the client alone.
async fn follow(url: &str, key: &'static str) -> impl Stream<Item = Vec<u8>> + use<> {
    let how = AsyncConnectionConfig::new().set_response_timeout(Some(BLOCK * 2));
    let begin = (connect(url, how).await, b"0-0".to_vec());
    stream::unfold(begin, move |(mut connection, last)| async move {
        let mut read = cmd("XREAD");
        read.arg("COUNT").arg(512).arg("BLOCK").arg(BLOCK.as_millis() as u64);
        read.arg("STREAMS").arg(key).arg(last);
        let reply = read.query_async::<Value>(&mut connection).await.expect("it is read");
        let (id, data) = newest(reply).expect("it is an entry");
        Some((data, (connection, id)))
    })
}

/// The id and the data of the newest entry that was read.
fn newest(reply: Value) -> Option<(Vec<u8>, Vec<u8>)> {
    let array = |value| if let Value::Array(values) = value { Some(values) } else { None };
    let string = |value| if let Value::BulkString(bytes) = value { Some(bytes) } else { None };
    let [_, entries] = array(array(reply)?.pop()?)?.try_into().ok()?;
    let [id, fields] = array(array(entries)?.pop()?)?.try_into().ok()?;
    Some((string(id)?, string(array(fields)?.pop()?)?))
}

/// As somebody would who uses the client alone.
async fn connect(url: &str, how: AsyncConnectionConfig) -> MultiplexedConnection {
    let info = url.into_connection_info().expect("it is a url");
    let tcp = info.tcp_settings().clone().set_nodelay(true);
    let client = Client::open(info.set_tcp_settings(tcp)).expect("it is a url");
    let connection = client.get_multiplexed_async_connection_with_config(&how).await;
    connection.expect("server can be reached")
}

/// How much is written, and read, in a second.
async fn burst(server: &RedisServer) {
    let log: RedisLog = server.log("burst");
    let start = Instant::now();
    let entries = stream::iter(0..BURST).map(|round| log.append(entry(data(round))));
    let mut stored = entries.buffer_unordered(AT_ONCE);
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
