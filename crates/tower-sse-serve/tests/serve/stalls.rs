//! Clients that read nothing, or slowly.

use std::time::Duration;

use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;
use tower_sse::{OpenStream, Reason};
use tower_sse_serve::tower_sse;

use crate::client::{Client, within};
use crate::server::{Server, Stage};

/// A client whose buffer does not grow.
async fn narrow(server: &Server, path: &str) -> Client {
    let socket = TcpSocket::new_v4().expect("a socket can be had");
    socket.set_recv_buffer_size(64 * 1024).expect("it may be so small");
    let socket = socket.connect(server.address).await.expect("it listens");
    let mut client = Client::new(socket);
    client.ask(path).await;
    client.head().await;
    client
}

#[tokio::test]
async fn one_that_reads_nothing_harms_no_other_and_is_told() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut stalled = narrow(&server, "/events?skip=1").await;
    let mut reader = Client::get(server.address, "/events").await;
    reader.until(":\n\n").await;
    // More than the system and the hub hold, in pieces that the other reads.
    let text = "x".repeat(10_000);
    for n in 0..2000 {
        stage.publish(format!("{n} {text}"));
        reader.until(&format!("data: {n} {text}\n")).await;
    }
    assert_eq!(server.takeovers.open(), 2);

    stage.publish("the end");
    let seen = stalled.until("data: the end\n").await;
    assert!(seen.contains("event: gap\n"), "it is told of what was forgotten");
    assert_eq!(stage.hub.stats().lagged.skipped, 1);
}

#[tokio::test]
async fn one_that_takes_nothing_is_given_up() {
    let stage = Stage::new();
    let timeout = Duration::from_millis(300);
    let server = Server::start_with(stage.app(), |serve| serve.with_peer_timeout(timeout)).await;
    let mut reader = Client::get(server.address, "/events").await;
    reader.until(":\n\n").await;
    let _stalled = narrow(&server, "/events").await;
    let stream = stage.streams.all().into_iter().min_by_key(OpenStream::age);
    let stream = stream.expect("there are two");
    let text = "x".repeat(1_000_000);
    for _ in 0..8 {
        stage.publish(&*text);
        reader.until("x\n\n").await;
    }
    assert_eq!(within("the end", stream.ended()).await, Reason::ClientGone);
    assert_eq!(server.takeovers.open(), 1);
}

#[tokio::test]
async fn what_is_taken_byte_by_byte_is_whole() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut slow = narrow(&server, "/events").await;
    assert_eq!(slow.chunk().await, b":\n\n");
    let texts = [300_000, 3, 40_000, 20_000].map(|len| "y".repeat(len));
    for text in &texts {
        stage.publish(&**text);
    }
    stage.hub.finish_now(crate::server::TOPIC).expect("it is not yet");
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n0\r\n\r\n") {
        bytes.push(within("a byte", slow.socket.read_u8()).await.expect("it is not broken"));
    }
    let mut whole = Client::new(tokio::io::join(&*bytes, tokio::io::sink()));
    let body = String::from_utf8(whole.body().await).expect("it is text");
    let data: Vec<_> = body.lines().filter_map(|line| line.strip_prefix("data: ")).collect();
    assert_eq!(data, texts);
}
