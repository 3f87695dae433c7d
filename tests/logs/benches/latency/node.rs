//! The other node.

use std::env::{args, current_exe};
use std::pin::pin;
use std::process::Stdio;

use futures_util::{Stream, StreamExt};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::task::JoinHandle;

use super::{now, rounds};

/// The other node: this program once more, which receives, and tells when it has.
pub(crate) struct Node {
    lines: Lines<BufReader<ChildStdout>>,
    // Killed when it is dropped.
    _child: Child,
}

/// The argument that makes it one, before where the server is.
const NODE: &str = "--node";

const READY: &str = "ready";

impl Node {
    /// Where the server is, if this process is the other node.
    pub(crate) fn server() -> Option<String> {
        args().skip_while(|arg| arg != NODE).nth(1)
    }

    /// Starts it, and waits until it receives.
    pub(crate) async fn start(server: &str) -> Self {
        let mut command = Command::new(current_exe().expect("what runs is known"));
        command.arg(NODE).arg(server).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().expect("what runs can be run");
        let out = child.stdout.take().expect("it is piped");
        let mut node = Self { lines: BufReader::new(out).lines(), _child: child };
        assert_eq!(node.line().await, READY);
        node
    }

    /// What it is in its own process.
    pub(crate) async fn run(ways: [JoinHandle<Vec<u64>>; 4]) {
        println!("{READY}");
        for way in ways {
            let times: Vec<_> =
                way.await.expect("it receives all").iter().map(u64::to_string).collect();
            println!("{}", times.join(" "));
        }
    }

    /// When it has received what was published the next way.
    pub(crate) async fn received(&mut self) -> Vec<u64> {
        let line = self.line().await;
        line.split(' ').map(|time| time.parse().expect("it is a time")).collect()
    }

    async fn line(&mut self) -> String {
        let line = self.lines.next_line().await.expect("it can be heard");
        line.expect("it runs")
    }
}

/// When each of the events came, which must be those that are published.
pub(crate) async fn receive(events: impl Stream<Item = impl AsRef<[u8]>>) -> Vec<u64> {
    let mut events = pin!(events);
    let mut times = Vec::new();
    for data in rounds() {
        let event = events.next().await.expect("it goes on");
        times.push(now());
        let mut parts = event.as_ref().windows(data.len());
        assert!(parts.any(|part| part == data.as_bytes()), "another one came");
    }
    times
}
