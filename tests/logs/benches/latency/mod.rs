//! How long it takes from here to another node: a process of its own, as nodes are.
//!
//! All ways are taken in turns, on one server, when their readers have waited for a while.

mod node;
mod times;
mod ways;

use std::time::Duration;

pub(crate) use node::{Node, receive};
pub(crate) use times::{Times, now};
pub(crate) use ways::{TOPIC, entry, follow_hub, follow_log, hub};

/// How many rounds count, after some that do not.
const ROUNDS: usize = 2000;
const WARM_UP: usize = 200;

/// For how long readers have waited when something is published.
const WAITS: Duration = Duration::from_millis(2);

/// How many times as long as the client alone something may take.
pub(crate) const LIMIT: f64 = 1.5;

/// What is published, round by round.
pub(crate) fn rounds() -> impl Iterator<Item = String> {
    (0..WARM_UP + ROUNDS).map(data)
}

/// What is published as the nth of its way.
pub(crate) fn data(nth: usize) -> String {
    format!("{nth:0200}")
}

/// Waits until all readers have waited for a while, and gives the time.
pub(crate) async fn wait() -> u64 {
    tokio::time::sleep(WAITS).await;
    now()
}

/// Takes the times from those moments on: of the client alone with one reader, with a reader on each
/// node, of the log, and of hubs. Says what they are, and gives how many times as long as the first
/// the last two take, by their medians.
pub(crate) async fn judge(published: &[Vec<u64>; 4], mut node: Node) -> [f64; 2] {
    let mut medians = [0.0; 4];
    for ((way, published), median) in WAYS.iter().zip(published).zip(&mut medians) {
        let times = Times::between(published, &node.received().await);
        *median = times.at(50).as_secs_f64();
        println!("{way:21} median {:?}, 99 of 100 within {:?}", times.at(50), times.at(99));
    }
    let [one, each, log, hubs] = medians;
    println!(
        "of one reader: each node {:.2}, log {:.2}, hubs {:.2}",
        each / one,
        log / one,
        hubs / one
    );
    println!("of a reader on each node: hubs {:.2}", hubs / each);
    [log / one, hubs / one]
}

const WAYS: [&str; 4] = ["one reader", "a reader on each node", "log", "hubs"];
