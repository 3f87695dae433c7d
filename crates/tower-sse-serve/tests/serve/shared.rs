//! Those who wait at the same place of a hub, and those who do not.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use http::request::Parts;
use http_body::{Frame, SizeHint};
use tower_sse::{OpenStream, Reason};
use tower_sse_axum::{KeepAlive, Sse};
use tower_sse_serve::tower_sse;

use crate::client::{Client, within};
use crate::server::{Server, Stage, TOPIC};

#[tokio::test]
async fn many_read_what_was_read_once_and_are_counted() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut clients = Vec::new();
    // More than are looked after at once.
    for _ in 0..600 {
        let mut client = Client::get(server.address, "/events").await;
        client.until(":\n\n").await;
        clients.push(client);
    }
    for n in 0..10 {
        stage.publish(n.to_string());
        // Some read later, and some have left.
        clients.truncate(600 - 10 * n);
        for client in clients.iter_mut().step_by(1 + n % 3) {
            client.until(&format!("data: {n}\n\n")).await;
        }
    }
    stage.publish("last");
    for client in &mut clients {
        client.until("data: last\n\n").await;
    }
    assert!(server.takeovers.shared() > 2000, "{:?}", server.takeovers);
    let oldest = stage.streams.all().into_iter().max_by_key(OpenStream::age);
    let oldest = oldest.expect("most are there");
    assert_eq!(oldest.events(), 11);
    drop(clients);
    within("the end", oldest.ended()).await;
}

#[tokio::test]
async fn topics_and_places_are_kept_apart() {
    let stage = Stage::new();
    let hub = stage.hub.clone();
    let of = async move |axum::extract::Path(topic): axum::extract::Path<String>| {
        Sse::new(hub.subscribe([topic]).expect("a short name"))
    };
    let server = Server::start(Router::new().route("/of/{topic}", get(of))).await;
    let mut clients = Vec::new();
    for n in 0..50 {
        let mut client = Client::get(server.address, &format!("/of/{}", n % 10)).await;
        client.until(":\n\n").await;
        clients.push(client);
    }
    for round in 0..20 {
        for topic in 0..10 {
            let event = tower_sse_axum::Event::new(format!("{topic} {round}"));
            stage.hub.publish_now(topic.to_string(), event).expect("it is small enough");
        }
    }
    for (n, client) in clients.iter_mut().enumerate() {
        for round in 0..20 {
            let seen = client.until("\n\n").await;
            assert!(seen.ends_with(&format!("data: {} {round}\n\n", n % 10)), "{seen}");
        }
    }
    assert!(server.takeovers.shared() > 0);
}

#[tokio::test]
async fn checkpoints_go_on_after_what_was_shared() {
    let stage = Stage::new();
    let hub = stage.hub.clone();
    let quiet = async move || {
        let mut events = hub.subscribe([TOPIC]).expect("a short name");
        let checkpoints = events.checkpoints();
        let often = KeepAlive::every(Duration::from_millis(50)).with_fn(checkpoints);
        Sse::new(events).with_keep_alive(often)
    };
    let server = Server::start(Router::new().route("/quiet", get(quiet))).await;
    let mut client = Client::get(server.address, "/quiet").await;
    client.until(":\n\n").await;
    for n in 0..3 {
        stage.publish(n.to_string());
        client.until(&format!("data: {n}\n\n")).await;
        let event = tower_sse_axum::Event::new("not for it");
        let id = stage.hub.publish_now("other", event).expect("it is small enough");
        let seen = client.until(&format!("id: {id}\n\n")).await;
        assert!(!seen.contains("data: "), "{seen}");
        client.until(":\n\n").await;
    }
    assert!(server.takeovers.shared() > 0);
}

#[tokio::test]
async fn a_lifetime_ends_one_that_is_busy() {
    let stage = Stage::new();
    let (hub, streams) = (stage.hub.clone(), stage.streams.clone());
    let short = async move |request: Parts| {
        let permit = streams.admit(&request).expect("there is room");
        let events = hub.subscribe([TOPIC]).expect("a short name");
        Sse::new(events).with_permit(permit).with_lifetime(Duration::from_millis(100))
    };
    let server = Server::start(Router::new().route("/short", get(short))).await;
    let mut client = Client::get(server.address, "/short").await;
    client.until(":\n\n").await;
    let stream = stage.streams.all().remove(0);
    let ended = stream.ended();
    let busy = async {
        loop {
            stage.publish("again");
            tokio::task::yield_now().await;
        }
    };
    let ended = within("the end", async {
        tokio::select! {
            ended = ended => ended,
            () = busy => unreachable!("it goes on for ever"),
        }
    });
    assert_eq!(ended.await, Reason::Lifetime);
    assert!(server.takeovers.shared() > 0);
    client.until("\r\n0\r\n\r\n").await;
}

/// A body around another, which says that it changes nothing of its length.
struct Around {
    body: Body,
    ends: Arc<Ends>,
    of: fn(Bytes) -> Bytes,
}

#[derive(Default)]
struct Ends {
    frames: AtomicUsize,
    told: Mutex<(bool, Option<Waker>)>,
}

impl Ends {
    /// Has the body end, and wakes it.
    fn tell(&self) {
        let mut told = self.told.lock().expect("nothing panics");
        told.0 = true;
        let waker = told.1.take().expect("it waits");
        drop(told);
        waker.wake();
    }
}

impl http_body::Body for Around {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let mut told = self.ends.told.lock().expect("nothing panics");
        if told.0 {
            return Poll::Ready(None);
        }
        told.1 = Some(cx.waker().clone());
        drop(told);
        let of = self.of;
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        if frame.is_ready() {
            self.ends.frames.fetch_add(1, Ordering::Relaxed);
        }
        frame.map(|frame| frame.map(|frame| frame.map(|frame| frame.map_data(of))))
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

fn around(stage: &Stage, ends: &Arc<Ends>, of: fn(Bytes) -> Bytes) -> Router {
    let ends = Arc::clone(ends);
    stage.app().layer(map_response(move |response: Response| {
        let ends = Arc::clone(&ends);
        async move { response.map(|body| Body::new(Around { body, ends, of })) }
    }))
}

#[tokio::test]
async fn a_body_that_changes_bytes_is_asked_for_all_of_them() {
    let (stage, ends) = (Stage::new(), Arc::default());
    let louder = |bytes: Bytes| Bytes::from(bytes.to_ascii_uppercase());
    let server = Server::start(around(&stage, &ends, louder)).await;
    let mut client = Client::get(server.address, "/events").await;
    client.until(":\n\n").await;
    for n in 0..3 {
        stage.publish(format!("n {n}"));
        client.until(&format!("DATA: N {n}\n\n")).await;
    }
    assert_eq!((server.takeovers.shared(), ends.frames.load(Ordering::Relaxed)), (0, 4));
}

#[tokio::test]
async fn a_body_that_watches_may_end_and_may_ask_for_everything() {
    for asks in [false, true] {
        let (stage, ends) = (Stage::new(), Arc::<Ends>::default());
        let set = |serve: tower_sse_serve::Serve<Router>| match asks {
            true => serve.asking_every_body(),
            false => serve,
        };
        let server = Server::start_with(around(&stage, &ends, |bytes| bytes), set).await;
        let mut client = Client::get(server.address, "/events").await;
        client.until(":\n\n").await;
        for n in 0..3 {
            stage.publish(n.to_string());
            client.until(&format!("data: {n}\n\n")).await;
        }
        assert_eq!(server.takeovers.shared(), if asks { 0 } else { 3 });
        assert_eq!(ends.frames.load(Ordering::Relaxed), if asks { 4 } else { 1 });
        ends.tell();
        client.until("\r\n0\r\n\r\n").await;
    }
}

#[tokio::test]
async fn a_drain_reaches_those_who_wait_together() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut clients = Vec::new();
    for _ in 0..20 {
        let mut client = Client::get(server.address, "/events").await;
        client.until(":\n\n").await;
        clients.push(client);
    }
    stage.publish("hello");
    for client in &mut clients {
        client.until("data: hello\n\n\r\n").await;
    }
    stage.streams.drain(Duration::from_millis(50)).await;
    for client in &mut clients {
        let last = String::from_utf8(client.body().await).expect("it is text");
        assert!(last.starts_with("retry: "), "{last}");
    }
    assert_eq!(stage.streams.stats().ended(Reason::Drained), 20);
    assert_eq!(server.takeovers.shared(), 20);
}
