//! Clients that read nothing, or slowly.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use socket2::SockRef;
use tokio::io::AsyncReadExt;
use tokio::net::TcpSocket;
use tokio::time::sleep;
use tower_sse::{OpenStream, Reason};
use tower_sse_serve::{Serve, tower_sse};

use crate::client::{Client, within};
use crate::server::{Server, Stage};

/// A client whose buffer does not grow.
async fn narrow(server: &Server, path: &str) -> Client {
    narrow_by(64 * 1024, server, path).await
}

async fn narrow_by(bytes: u32, server: &Server, path: &str) -> Client {
    let socket = TcpSocket::new_v4().expect("a socket can be had");
    socket.set_recv_buffer_size(bytes).expect("it may be so small");
    let socket = socket.connect(server.address).await.expect("it listens");
    let mut client = Client::new(socket);
    client.ask(path).await;
    client.head().await;
    client
}

/// A server, for each of whose connections the system takes little.
fn narrow_server(
    bytes: u32,
    stage: &Stage,
    set: impl FnOnce(Serve<Router>) -> Serve<Router>,
) -> Server {
    let socket = TcpSocket::new_v4().expect("a socket can be had");
    socket.set_send_buffer_size(bytes).expect("it may be so small");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("some port is free");
    Server::start_at(socket.listen(1024).expect("it is bound"), stage.app(), set)
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
    let _stalled = narrow(&server, "/events?skip=1").await;
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
async fn one_that_reads_slowly_is_not_given_up() {
    let stage = Stage::remembering_all();
    let timeout = Duration::from_secs(1);
    // The system says that it takes more when it has room for a third of that.
    let server = narrow_server(1 << 20, &stage, |serve| serve.with_peer_timeout(timeout));
    let mut slow = narrow(&server, "/events").await;
    let stream = stage.streams.all().remove(0);
    for n in 0..80 {
        stage.publish(format!("{n} {}", "x".repeat(100_000)));
    }
    for n in 0..25 {
        sleep(timeout / 5).await;
        slow.until(&format!("data: {n} ")).await;
    }
    assert_eq!(stream.reason(), None);
    for n in 25..80 {
        slow.until(&format!("data: {n} ")).await;
    }
}

#[tokio::test]
async fn one_in_ten_that_reads_nothing_harms_no_other_and_is_freed() {
    let stage = Stage::new();
    let timeout = Duration::from_secs(2);
    let server = narrow_server(16 * 1024, &stage, |serve| serve.with_peer_timeout(timeout));
    let mut stalled = Vec::new();
    for _ in 0..20 {
        stalled.push(narrow(&server, "/events?skip=1").await);
    }
    let given_up = stage.streams.all();
    let mut readers = Vec::new();
    for _ in 0..180 {
        let mut reader = Client::get(server.address, "/events").await;
        reader.until(":\n\n").await;
        readers.push(reader);
    }
    let text = "x".repeat(10_000);
    for n in 0..50 {
        stage.publish(format!("{n} {text}"));
        for reader in &mut readers {
            reader.until(&format!("data: {n} {text}\n\n")).await;
        }
    }
    for stream in given_up {
        assert_eq!(within("the end", stream.ended()).await, Reason::ClientGone);
    }
    assert_eq!((stage.hub.stats().subscribers, server.takeovers.open()), (180, 180));
    stage.publish("still here");
    for reader in &mut readers {
        reader.until("data: still here\n\n").await;
    }
}

#[tokio::test]
async fn one_that_breaks_off_within_a_chunk_is_gone_at_once() {
    let stage = Stage::new();
    let server = narrow_server(16 * 1024, &stage, Serve::without_peer_timeout);
    let mut reader = Client::get(server.address, "/events").await;
    reader.until(":\n\n").await;
    for n in 0..5 {
        let mut breaks = narrow(&server, "/events").await;
        let stream = stage.streams.all().into_iter().min_by_key(OpenStream::age);
        let stream = stream.expect("there are two");
        let text = format!("{n} {}", "x".repeat(900_000));
        stage.publish(&*text);
        breaks.until("xxx").await;
        SockRef::from(&breaks.socket).set_linger(Some(Duration::ZERO)).expect("it is open");
        drop(breaks);
        assert_eq!(within("the end", stream.ended()).await, Reason::ClientGone);
        reader.until(&format!("data: {text}\n\n")).await;
        assert_eq!(server.takeovers.open(), 1);
    }
}

#[tokio::test]
async fn what_is_taken_byte_by_byte_is_whole() {
    taken_byte_by_byte(64 * 1024, [300_000, 3, 40_000, 20_000]).await;
    // As small as the system has them.
    taken_byte_by_byte(1, [10_000, 3, 5000, 100]).await;
}

async fn taken_byte_by_byte(buffer: u32, lens: [usize; 4]) {
    let stage = Stage::new();
    let server = narrow_server(buffer, &stage, |serve| serve);
    let mut slow = narrow_by(buffer, &server, "/events").await;
    assert_eq!(slow.chunk().await, b":\n\n");
    let texts = lens.map(|len| "y".repeat(len));
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
