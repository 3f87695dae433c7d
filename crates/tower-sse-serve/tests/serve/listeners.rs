//! Where connections come from, and what may fail there.

use std::collections::VecDeque;
use std::env;
use std::io::ErrorKind;
use std::net::Shutdown;
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::time::{ClockId, clock_gettime};
use socket2::SockRef;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::net::TcpListener;
use tokio::process::Command;
use tokio::runtime::Builder;
use tokio::time::sleep;
use tower_sse_serve::serve;

use crate::client::Client;
use crate::server::{Server, Stage};

#[tokio::test]
async fn one_that_fails_holds_no_other_up() {
    let stage = Stage::new();
    let fails = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    // From here on, the system has an error for whoever accepts.
    SockRef::from(&fails).shutdown(Shutdown::Both).expect("it listens");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(serve(fails, stage.app()).with_listener(listener).into_future());
    for n in 0..3 {
        let mut client = Client::get(address, "/events").await;
        client.until(":\n\n").await;
        stage.publish(n.to_string());
        client.until(&format!("data: {n}\n")).await;
    }
}

/// Tells the process that is to be short of files.
const SHORT: &str = "TOWER_SSE_SERVE_SHORT_OF_FILES";
const FILES: usize = 64;
const TICK: Duration = Duration::from_millis(100);

#[test]
fn goes_on_when_files_are_free_again() {
    let runtime = Builder::new_current_thread().enable_all().build().expect("it can be had");
    match env::var_os(SHORT) {
        Some(_) => runtime.block_on(serve_with_few_files()),
        None => runtime.block_on(ask_for_too_much()),
    }
}

/// Says to all how many milliseconds it has been busy, and ends by itself if nobody ends it.
async fn serve_with_few_files() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let few = Rlimit { current: Some(FILES as u64), maximum };
    setrlimit(Resource::Nofile, few).expect("a limit may be lowered");
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    println!("\nat {}", server.address);
    for _ in 0..600 {
        let busy = clock_gettime(ClockId::ProcessCPUTime);
        stage.publish(format!("busy {}", busy.tv_sec * 1000 + busy.tv_nsec / 1_000_000));
        sleep(TICK).await;
    }
}

async fn ask_for_too_much() {
    let this = env::current_exe().expect("this binary has a path");
    let name = "listeners::goes_on_when_files_are_free_again";
    let mut command = Command::new(this);
    command.args(["--exact", name, "--nocapture"]).env(SHORT, "").stdout(Stdio::piped());
    let mut child = command.kill_on_drop(true).spawn().expect("it can be run");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let address = loop {
        let line = lines.next_line().await.expect("it is text").expect("it says where it listens");
        if let Some(address) = line.strip_prefix("at ") {
            break address.parse().expect("it is an address");
        }
    };

    let mut waiting = VecDeque::new();
    for _ in 0..2 * FILES {
        // The system takes all of them, and the server as many as it can, in their order.
        waiting.push_back(Client::get(address, "/events").await);
    }
    let mut first = waiting.pop_front().expect("there are many");
    let before = busy(&mut first).await;
    for _ in 0..10 {
        busy(&mut first).await;
    }
    let busy = busy(&mut first).await - before;
    assert!(busy < 200, "it has spent {busy} ms of a second on saying no");
    let last = waiting.back().expect("there are many");
    let read = last.socket.try_read(&mut [0]);
    assert_eq!(read.expect_err("it waits").kind(), ErrorKind::WouldBlock);
    while let Some(mut client) = waiting.pop_front() {
        client.until("data: busy ").await;
    }
}

/// What it says next.
async fn busy(client: &mut Client) -> u64 {
    client.until("data: busy ").await;
    client.until("\n").await.trim_end().parse().expect("it is a number")
}
