//! How a stream that was taken over ends, and its connection.

use std::net::{Ipv4Addr, TcpStream as StdTcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpSocket;
use tokio::sync::{mpsc, oneshot};
use tokio_stream::StreamExt;
use tower_sse::Reason;
use tower_sse_axum::{Event, Sse, Stream};
use tower_sse_serve::{serve_each, tower_sse};

use crate::client::{Client, within};
use crate::server::{Server, Stage, TOPIC};

async fn three() -> Sse<impl Stream<Item = Event>> {
    Sse::new(tokio_stream::iter(["a", "b", "c"]).map(Event::new))
}

const THREE: &str = "data: a\n\ndata: b\n\ndata: c\n\n";

fn app() -> Router {
    Router::new().route("/three", get(three)).route("/page", get(async || "a page"))
}

#[tokio::test]
async fn goes_on_with_the_connection_after_the_end() {
    let server = Server::start(app()).await;
    let mut client = Client::connect(server.address).await;
    for _ in 0..3 {
        client.ask("/three").await;
        client.head().await;
        assert_eq!(client.body().await, THREE.as_bytes());
    }
    client.ask("/page").await;
    client.until("a page").await;
    assert_eq!((server.takeovers.total(), server.takeovers.open()), (3, 0));
}

#[tokio::test]
async fn answers_what_was_asked_while_it_streamed() {
    let server = Server::start(app()).await;
    let ask = |path| format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    let mut client = Client::connect(server.address).await;
    // In one piece, and then cut in the middle of a head.
    client.send(&(ask("/three") + &ask("/three") + "GET /pa")).await;
    for _ in 0..2 {
        client.head().await;
        assert_eq!(client.body().await, THREE.as_bytes());
    }
    client.send("ge HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    client.until("a page").await;
}

#[tokio::test]
async fn closes_the_connection_when_asked() {
    let server = Server::start(app()).await;
    let mut client = Client::connect(server.address).await;
    client.send("GET /three HTTP/1.1\r\nhost: localhost\r\nconnection: Close\r\n\r\n").await;
    assert!(client.head().await.contains("\r\nconnection: close\r\n"));
    let expected = format!("{:X}\r\n{THREE}\r\n0\r\n\r\n", THREE.len());
    assert_eq!(client.rest().await, (expected, true));
    assert_eq!(server.takeovers.total(), 1);
}

#[tokio::test]
async fn notices_that_a_client_is_gone() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut client = Client::get(server.address, "/events").await;
    client.until(":\n\n").await;
    let stream = stage.streams.all().remove(0);
    drop(client);
    assert_eq!(within("the end", stream.ended()).await, Reason::ClientGone);
    assert_eq!((stage.hub.stats().subscribers, server.takeovers.open()), (0, 0));
}

#[tokio::test]
async fn thousands_come_and_go() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    for _ in 0..20 {
        let mut clients = Vec::new();
        for _ in 0..100 {
            clients.push(Client::get(server.address, "/events").await);
        }
        // Some go before they are answered, and some after they were sent something.
        for client in clients.iter_mut().skip(50) {
            client.until(":\n\n").await;
        }
        stage.publish("hello");
    }
    within("the end of all", stage.streams.drain(Duration::from_secs(20))).await;
    assert_eq!((stage.streams.open(), server.takeovers.open()), (0, 0));
    assert_eq!(stage.hub.stats().subscribers, 0);
}

#[tokio::test]
async fn a_drain_has_the_last_word() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut client = Client::get(server.address, "/events").await;
    client.head().await;
    assert_eq!(client.chunk().await, b":\n\n");
    stage.streams.drain(Duration::from_millis(10)).await;
    let last = String::from_utf8(client.body().await).expect("it is text");
    assert!(last.starts_with("retry: "), "{last}");
    assert_eq!(stage.streams.stats().ended(Reason::Drained), 1);
}

#[tokio::test]
async fn a_finished_topic_ends_it() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut client = Client::get(server.address, "/events").await;
    client.until(":\n\n\r\n").await;
    stage.publish("last");
    stage.hub.finish_now(TOPIC).expect("it is not yet");
    let body = String::from_utf8(client.body().await).expect("it is text");
    assert!(body.contains("data: last\n"), "{body}");
    assert_eq!(stage.streams.stats().ended(Reason::Finished), 1);
    client.ask("/page").await;
    client.until("a page").await;
}

#[tokio::test]
async fn stops_when_all_have_left() {
    let stage = Stage::new();
    let (stop, stopped) = oneshot::channel::<()>();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let server = tower_sse_serve::serve(listener, stage.app());
    let server = server.with_graceful_shutdown(async { drop(stopped.await) });
    let server = tokio::spawn(server.into_future());
    let mut events = Client::get(address, "/events").await;
    events.until(":\n\n").await;
    let mut idle = Client::get(address, "/page").await;
    idle.until("a page").await;

    stop.send(()).expect("it waits for it");
    assert_eq!(idle.rest().await, (String::new(), true));
    assert!(!server.is_finished());
    stage.publish("still here");
    events.until("still here").await;
    stage.streams.end_all();
    events.until("\r\n0\r\n\r\n").await;
    within("the end of the server", server).await.expect("nothing panics").expect("nothing fails");
    assert_eq!(events.rest().await, (String::new(), true));
}

#[tokio::test]
async fn lets_nobody_in_after_the_signal() {
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("a free port");
    let listener = socket.listen(4096).expect("it is bound");
    let address = listener.local_addr().expect("it is bound");
    let made = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&made);
    let make = move |_| {
        count.fetch_add(1, Ordering::Relaxed);
        Router::new()
    };
    let (stop, stopped) = oneshot::channel();
    let (clients, mut arrived) = mpsc::unbounded_channel();
    let signal = async move {
        // More than are let in before others have their turn, and the signal with them.
        for _ in 0..400 {
            clients.send(StdTcpStream::connect(address)).expect("it is there");
        }
        tokio::spawn(async { stop.send(()) });
        stopped.await.expect("it was sent");
    };
    let server = serve_each(listener, make).with_graceful_shutdown(signal);
    within("the end of the server", server.into_future()).await.expect("it serves");
    while let Some(client) = arrived.recv().await {
        client.expect("there is room in the queue");
    }
    assert_eq!(made.load(Ordering::Relaxed), 0);
}
