//! Bodies that are not as the response made them, and such that fail.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::get;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use tokio_stream::StreamExt;
use tower_sse::{Reason, Streams};
use tower_sse_axum::{Event, Sse, Stream};
use tower_sse_serve::tower_sse;

use crate::client::{Client, within};
use crate::server::{Server, Stage};

#[tokio::test]
async fn middleware_that_changes_a_body_is_heard() {
    let loud = map_response(async |response: Response| {
        response.map(|body| {
            let louder = |bytes: Bytes| Bytes::from(bytes.to_ascii_uppercase());
            Body::new(body.map_frame(move |frame| frame.map_data(louder)))
        })
    });
    let stage = Stage::new();
    let server = Server::start(stage.app().layer(loud)).await;
    let mut client = Client::get(server.address, "/events").await;
    client.until(":\n\n").await;
    stage.publish("hello");
    client.until("DATA: HELLO\n").await;
    assert_eq!(server.takeovers.open(), 1);
}

#[tokio::test]
async fn a_stream_that_panics_harms_no_other() {
    let streams = Streams::new();
    let admitted = streams.clone();
    let panics = async move |request: http::request::Parts| {
        let permit = admitted.admit(&request).expect("there is room");
        let events = tokio_stream::iter([1, 0, 1]).then(async |n: u32| {
            // Not in the frame of the one before.
            tokio::task::yield_now().await;
            Event::new(format!("{}", 1 / n))
        });
        Sse::new(Box::pin(events)).with_permit(permit)
    };
    let stage = Stage::new();
    let server = Server::start(stage.app().route("/panics", get(panics))).await;
    let mut other = Client::get(server.address, "/events").await;
    other.until(":\n\n").await;
    let mut client = Client::get(server.address, "/panics").await;
    client.head().await;
    let (seen, _) = client.rest().await;
    assert!(seen.contains("data: 1\n\n"), "{seen}");
    assert!(!seen.ends_with("0\r\n\r\n"), "{seen}");
    stage.publish("hello");
    other.until("data: hello\n").await;
    assert_eq!((streams.stats().ended(Reason::Error), server.takeovers.open()), (1, 1));
}

#[tokio::test]
async fn a_body_that_breaks_off_breaks_the_connection() {
    let breaks = async || {
        let frames = [Ok(Frame::data(Bytes::from("data: 1\n\n"))), Err("it is broken")];
        let body = Body::new(StreamBody::new(tokio_stream::iter(frames)));
        Response::builder()
            .header("content-type", "text/event-stream")
            .body(body)
            .expect("it is one")
    };
    let server = Server::start(Router::new().route("/breaks", get(breaks))).await;
    let mut client = Client::get(server.address, "/breaks").await;
    client.head().await;
    assert_eq!(client.rest().await.0, "9\r\ndata: 1\n\n\r\n");
}

#[tokio::test]
async fn empty_frames_and_trailers_are_no_chunks() {
    let odd = async || {
        let mut trailers = HeaderMap::new();
        trailers.insert("x-odd", HeaderValue::from_static("1"));
        let data = |text: &'static str| Ok::<_, Infallible>(Frame::data(Bytes::from(text)));
        let frames = [data(""), data(":\n\n"), data(""), Ok(Frame::trailers(trailers))];
        let body = Body::new(StreamBody::new(tokio_stream::iter(frames)));
        Response::builder()
            .header("content-type", "text/event-stream")
            .body(body)
            .expect("it is one")
    };
    let server = Server::start(Router::new().route("/odd", get(odd))).await;
    let mut client = Client::get(server.address, "/odd").await;
    client.head().await;
    assert_eq!(client.body().await, b":\n\n");
    assert_eq!(server.takeovers.total(), 1);
}

/// A stream that is always ready.
async fn endless() -> Sse<impl Stream<Item = Event>> {
    Sse::new(tokio_stream::iter(0..).map(|n: u64| Event::new(n.to_string())))
}

#[tokio::test]
async fn one_that_has_always_more_has_its_turn_only() {
    let stage = Stage::new();
    let server = Server::start(stage.app().route("/endless", get(endless))).await;
    let mut busy = Client::get(server.address, "/endless").await;
    busy.head().await;
    let mut next = 0;
    let busy = tokio::spawn(async move {
        loop {
            for event in String::from_utf8(busy.chunk().await).expect("it is text").lines() {
                if let Some(data) = event.strip_prefix("data: ") {
                    assert_eq!(data, next.to_string());
                    next += 1;
                }
            }
        }
    });
    for n in 0..10 {
        let mut client = Client::get(server.address, "/events").await;
        client.until(":\n\n").await;
        stage.publish(n.to_string());
        client.until(&format!("data: {n}\n")).await;
    }
    busy.abort();
    let ended = within("the reader", busy).await;
    assert!(ended.expect_err("it reads for ever").is_cancelled());
}
