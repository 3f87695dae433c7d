//! Why streams end.

use std::panic::panic_any;
use std::time::Duration;

use conformance::client::Next;
use conformance::within;
use futures_util::{StreamExt as _, stream};
use tower_sse::{KeepAlive, OpenStream, Reason, Sse, Streams};

use super::{cases, streams};
use crate::scenarios::{Answer, Fallible};
use crate::server::Server;
use crate::streams::{Wanted, admitted, channel, event, events, once, pending};

cases! {
    streams => [
        streams_that_end_say_why,
        a_stream_is_ended_from_outside,
        a_stream_ends_when_its_time_is_over,
        whoever_waits_is_told_that_the_client_is_gone,
        a_stream_that_panics_has_ended_by_an_error,
    ],
}

fn serve<F>(server: &Server, stream: F) -> (Streams, String)
where
    F: Fn() -> Answer<Fallible> + Send + Sync + 'static,
{
    let streams = Streams::new();
    let path = server.events(admitted(&streams, stream));
    (streams, path)
}

/// The only stream, which is open.
fn only(streams: &Streams) -> OpenStream {
    let mut all = streams.all();
    assert_eq!(all.len(), 1);
    all.remove(0)
}

async fn streams_that_end_say_why(server: Server) {
    let (streams, path) = serve(&server, || Sse::new(events([event("a")])));
    assert_eq!(server.get(&path).await.body().await, "data: a\n\n");
    within("the drop of the body", streams.drain(Duration::MAX)).await;
    assert_eq!(streams.stats().ended(Reason::Finished), 1);
    assert_eq!((streams.stats().events, streams.stats().bytes), (1, 9));

    let broken = || stream::iter([Ok(event("a")), Err("broken".to_owned())]).boxed();
    let (streams, path) = serve(&server, move || Sse::new(broken()).on_error(|_| None));
    assert_eq!(server.get(&path).await.body().await, "data: a\n\n");
    within("the drop of the body", streams.drain(Duration::MAX)).await;
    assert_eq!(streams.stats().ended(Reason::Error), 1);
}

async fn a_stream_is_ended_from_outside(server: Server) {
    let (streams, path) = serve(&server, || Sse::new(pending()));
    let mut client = server.opened(&path).await;
    let stream = only(&streams);
    stream.end();
    assert_eq!(client.next().await, Next::End);
    assert_eq!(within("the drop of the body", stream.ended()).await, Reason::Ended);
}

async fn a_stream_ends_when_its_time_is_over(server: Server) {
    let time = Duration::from_millis(300);
    let (streams, path) = serve(&server, move || Sse::new(pending()).with_lifetime(time));
    let mut client = server.opened(&path).await;
    let stream = only(&streams);
    assert_eq!(client.next().await, Next::End);
    assert_eq!(within("the drop of the body", stream.ended()).await, Reason::Lifetime);
    assert!(stream.age() >= time);
}

async fn whoever_waits_is_told_that_the_client_is_gone(server: Server) {
    let notices_close = server.place.host.notices_close;
    let (streams, path) = serve(&server, move || match notices_close {
        true => Sse::new(pending()),
        // Only a write that fails tells.
        false => Sse::new(pending()).with_keep_alive(KeepAlive::every(Duration::from_millis(50))),
    });
    let client = server.opened(&path).await;
    let stream = only(&streams);
    let upstream = tokio::spawn(async move { stream.ended().await });
    drop(client);
    let reason = within("the news that the client is gone", upstream).await;
    assert_eq!(reason.expect("it does not panic"), Reason::ClientGone);
    assert_eq!(streams.open(), 0);
}

async fn a_stream_that_panics_has_ended_by_an_error(server: Server) {
    let (sender, events) = channel::<()>();
    let mad = once(Sse::new(events.map(|()| -> Fallible { panic_any(Wanted) }).boxed()));
    let (streams, path) = serve(&server, move || mad(()));
    let mut client = server.opened(&path).await;
    let stream = only(&streams);
    sender.send(()).expect("the stream lives");
    assert_eq!(client.next().await, Next::Broken);
    assert_eq!(within("the drop of the body", stream.ended()).await, Reason::Error);
}
