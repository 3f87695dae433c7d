//! Streams that fail.

use conformance::within;
use futures_util::{StreamExt as _, stream};
use tokio::sync::oneshot;
use tower_sse::Sse;

use super::{cases, streams};
use crate::scenarios::{Boxed, Fallible};
use crate::server::Server;
use crate::streams::{channel, event, once, watched};

cases! {
    streams => [
        error_ends_the_stream_after_a_last_event,
        error_ends_the_stream_without_a_last_event,
        error_is_not_on_the_wire_without_a_hook,
        error_after_silence_ends_the_stream,
    ],
}

const SECRET: &str = "password=hunter2";

/// Events, an error, and one event that must not be reached.
fn failing() -> Boxed<Fallible> {
    let items = [Ok(event("a")), Ok(event("b")), Err(SECRET.to_owned()), Ok(event("c"))];
    stream::iter(items).boxed()
}

async fn error_ends_the_stream_after_a_last_event(server: Server) {
    let (hook, mut hooked) = oneshot::channel();
    let (mut watch, stream) = watched(failing());
    let path = server.events(once(Sse::new(stream).on_error(|error| {
        hook.send(error).expect("the test waits");
        Some(event("sorry"))
    })));
    let body = server.get(&path).await.body().await;
    assert_eq!(body, "data: a\n\ndata: b\n\ndata: sorry\n\n");
    assert_eq!(within("the hook", &mut hooked).await.expect("it was called"), SECRET);
    within("the drop of the stream", watch.dropped()).await;
    assert_eq!(watch.polls(), 3, "nothing is asked of a stream that has failed");
}

async fn error_ends_the_stream_without_a_last_event(server: Server) {
    let (hook, mut hooked) = oneshot::channel();
    let path = server.events(once(Sse::new(failing()).on_error(|error| {
        hook.send(error).expect("the test waits");
        None
    })));
    let body = server.get(&path).await.body().await;
    assert_eq!(body, "data: a\n\ndata: b\n\n");
    assert_eq!(within("the hook", &mut hooked).await.expect("it was called"), SECRET);
}

async fn error_is_not_on_the_wire_without_a_hook(server: Server) {
    let path = server.events(once(Sse::new(failing())));
    assert_eq!(server.get(&path).await.body().await, "data: a\n\ndata: b\n\n");
}

async fn error_after_silence_ends_the_stream(server: Server) {
    let (sender, stream) = channel();
    let path = server.events(once(Sse::new(stream).on_error(|_| Some(event("sorry")))));
    let mut exchange = server.opened(&path).await;
    sender.send(Err(SECRET.to_owned())).expect("the stream lives");
    assert_eq!(exchange.body().await, "data: sorry\n\n");
}
