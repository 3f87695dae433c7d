//! Methods and `Accept`, as a mounted service answers them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use conformance::client::Request;
use tower_sse::Sse;

use super::{cases, mounts};
use crate::place::Route;
use crate::server::Server;
use crate::streams::{event, events};

cases! {
    mounts => [
        other_methods_are_not_allowed,
        accept_is_not_checked_unless_asked,
    ],
    |place| place.route == Route::Layer => [
        other_methods_go_through_the_layer,
    ],
    |place| place.route == Route::Strict => [
        accept_is_checked_when_asked,
    ],
}

async fn other_methods_are_not_allowed(server: Server) {
    let (path, calls) = counted(&server);
    for method in ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"] {
        let exchange = server.send(&Request::get(&path).with_method(method)).await;
        assert_eq!(exchange.head().status, 405, "{method}");
        assert_eq!(exchange.head().header("allow"), Some(&b"GET, HEAD"[..]), "{method}");
        assert_eq!(exchange.head().header("content-type"), None, "{method}");
    }
    assert_eq!(calls.load(SeqCst), 0);
}

async fn other_methods_go_through_the_layer(server: Server) {
    let (path, calls) = counted(&server);
    let mut exchange = server.send(&Request::get(&path).with_method("POST")).await;
    assert_eq!(exchange.head().status, 200);
    assert_eq!(exchange.body().await, "data: taken\n\n");
    assert_eq!(calls.load(SeqCst), 1);
}

async fn accept_is_not_checked_unless_asked(server: Server) {
    let (path, _) = counted(&server);
    for accept in ["text/html", "text/event-stream;q=0", "nonsense"] {
        let exchange = server.send(&Request::get(&path).with_header("accept", accept)).await;
        assert_eq!(exchange.head().status, 200, "{accept}");
    }
}

async fn accept_is_checked_when_asked(server: Server) {
    let (path, calls) = counted(&server);
    let taken: [&[u8]; 8] = [
        b"text/event-stream",
        b"Text/Event-Stream",
        b"*/*",
        b"text/*",
        b"text/html, application/json;q=0.9, */*;q=0.1",
        b"application/json, text/event-stream",
        b"text/html;q=0, text/event-stream;q=0.001",
        b"\xFF, text/event-stream",
    ];
    for accept in taken {
        let mut exchange = server.send(&Request::get(&path).with_header("accept", accept)).await;
        assert_eq!(exchange.head().status, 200, "{}", accept.escape_ascii());
        assert_eq!(exchange.body().await, "data: taken\n\n");
    }
    let exchange = server.send(&Request::get(&path).without_header("accept")).await;
    assert_eq!(exchange.head().status, 200, "without Accept");
    assert_eq!(calls.load(SeqCst), taken.len() + 1);

    let refused: [&[u8]; 6] = [
        b"text/html",
        b"application/json, image/*",
        b"text/event-stream;q=0",
        b"text/event-stream;q=0, */*",
        b"text/event-streams",
        b"\xFF",
    ];
    for accept in refused {
        let exchange = server.send(&Request::get(&path).with_header("accept", accept)).await;
        assert_eq!(exchange.head().status, 406, "{}", accept.escape_ascii());
        assert_eq!(exchange.head().header("content-type"), None);
    }
    assert_eq!(calls.load(SeqCst), taken.len() + 1);
}

/// A stream of one event, and how often it was asked for.
fn counted(server: &Server) -> (String, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let path = server.events(move |_| {
        counted.fetch_add(1, SeqCst);
        Sse::new(events([event("taken")]))
    });
    (path, calls)
}
