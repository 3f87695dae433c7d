//! The head of a response.

use conformance::client::{Head, Protocol, Request};
use futures_util::StreamExt as _;
use tower_sse::Sse;

use super::{cases, streams};
use crate::place::Route;
use crate::server::Server;
use crate::streams::{event, events, once, pending, watched};

cases! {
    |place| place.route != Route::Strict => [
        head_is_the_same_everywhere,
        no_content_has_no_body_and_is_not_kept,
    ],
    |place| streams(place) && place.protocol == Protocol::H1 => [
        http_1_0_gets_a_stream_until_close,
    ],
    |place| matches!(place.route, Route::Mount | Route::Layer) => [
        head_request_drops_the_stream_unpolled,
    ],
    |place| place.route == Route::Native && place.host.native_head.is_some() => [
        head_request_is_answered_as_the_framework_does,
    ],
}

async fn head_is_the_same_everywhere(server: Server) {
    let path = server.events(once(Sse::new(pending())));
    check_stream(server.get(&path).await.head());

    // Neither what is ready nor an early end may change it.
    let path = server.events(|_| Sse::new(events([event("only")])));
    check_stream(server.get(&path).await.head());
    let path = server.events(|_| Sse::new(events([])));
    check_stream(server.get(&path).await.head());
}

async fn no_content_has_no_body_and_is_not_kept(server: Server) {
    let path = server.events(|_| Sse::no_content());
    let mut exchange = server.send(&Request::get(&path)).await;
    assert_eq!(exchange.head().status, 204);
    assert_eq!(headers(exchange.head(), &["date"]), [("cache-control", "no-store")]);
    assert_eq!(exchange.body().await, "");

    // A stray byte of a body would be read as the next head.
    let next = exchange.again(&Request::get(&path)).await;
    assert_eq!(next.head().status, 204);
}

async fn http_1_0_gets_a_stream_until_close(server: Server) {
    let path = server.events(|_| Sse::new(events([event("a"), event("b")])));
    let request = format!("GET {path} HTTP/1.0\r\n\r\n");
    let mut exchange =
        conformance::client::Exchange::literal(server.address(), request.as_bytes()).await;
    assert_eq!(exchange.head().status, 200);
    assert_eq!(exchange.head().header("transfer-encoding"), None, "{}", exchange.head());
    assert_eq!(exchange.head().header("content-length"), None, "{}", exchange.head());
    assert_eq!(exchange.body().await, "data: a\n\ndata: b\n\n");
}

async fn head_request_drops_the_stream_unpolled(server: Server) {
    let (mut watch, stream) = watched(events([event("unseen")]).chain(pending()).boxed());
    let path = server.events(once(Sse::new(stream)));
    let mut exchange = server.send(&Request::get(path).with_method("HEAD")).await;
    check_stream_of_head(exchange.head());
    assert_eq!(exchange.body().await, "");

    conformance::within("the drop of the stream", watch.dropped()).await;
    assert_eq!(watch.polls(), 0);

    // A stray byte of a body would be read as the next head.
    let path = server.events(once(Sse::new(pending())));
    check_stream(exchange.again(&Request::get(path)).await.head());
}

async fn head_request_is_answered_as_the_framework_does(server: Server) {
    let (mut watch, stream) = watched(pending());
    let path = server.events(once(Sse::new(stream)));
    let mut exchange = server.send(&Request::get(&path).with_method("HEAD")).await;
    assert_eq!(Some(exchange.head().status), server.place.host.native_head);
    if exchange.head().status == 200 {
        check_stream_of_head(exchange.head());
        conformance::within("the drop of the stream", watch.dropped()).await;
        assert_eq!(watch.polls(), 0);
        assert_eq!(exchange.body().await, "");
    }

    // A stray byte of a body would be read as the next head.
    let path = server.events(once(Sse::new(pending())));
    check_stream(exchange.again(&Request::get(path)).await.head());
}

/// Names and values are the contract's, but for what the host must add.
fn check_stream(head: &Head) {
    assert_eq!(head.status, 200, "{head}");
    assert_eq!(
        headers(head, &["date", "transfer-encoding"]),
        [
            ("cache-control", "no-store, no-transform"),
            ("content-type", "text/event-stream"),
            ("x-accel-buffering", "no"),
        ],
        "{head}"
    );
    // Without it an HTTP/1.1 stream would end with the connection; HTTP/2 has no such header.
    let chunked = head.header("transfer-encoding") == Some(b"chunked");
    assert_eq!(chunked, head.raw.is_some(), "{head}");
    if let Some(raw) = &head.raw {
        assert!(raw.starts_with(b"HTTP/1.1 200 OK\r\n"), "{raw:?}");
    }
}

/// As [`check_stream`]; a host may leave out what describes the body (RFC 9110, section 9.3.2).
fn check_stream_of_head(head: &Head) {
    let mut head = head.clone();
    if head.raw.is_some() && head.header("transfer-encoding").is_none() {
        head.headers.push(("transfer-encoding".to_owned(), b"chunked".to_vec()));
    }
    check_stream(&head);
}

/// The headers but these, in the order of their names.
fn headers<'a>(head: &'a Head, but: &[&str]) -> Vec<(&'a str, &'a str)> {
    let all = head.headers.iter().filter(|(name, _)| !but.contains(&name.as_str()));
    let mut all: Vec<_> = all
        .map(|(name, value)| (&**name, str::from_utf8(value).expect("ours are ASCII")))
        .collect();
    all.sort_unstable();
    all
}
