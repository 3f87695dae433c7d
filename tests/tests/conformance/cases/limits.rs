//! What would be too much for a careless server.

use std::time::Duration;

use conformance::client::{Exchange, Next, Protocol, Request};
use conformance::{oracle, within};
use futures_util::{StreamExt as _, stream};
use tower_sse::{Event, Sse};

use super::{cases, mounts, streams};
use crate::scenarios::Fallible;
use crate::server::Server;
use crate::streams::{Wanted, Watch, channel, event, events, once, watched};

cases! {
    streams => [
        retry_of_any_length_is_written,
        endless_stream_does_not_starve_other_connections,
        stream_that_panics_ends_its_connection_and_the_server_lives,
    ],
    |place| mounts(place) && place.protocol == Protocol::H1 => [
        path_of_any_length_gets_an_answer,
    ],
    |place| streams(place) && place.protocol == Protocol::H2 => [
        endless_stream_does_not_starve_other_streams,
    ],
}

/// What may go to a connection that always has more, before another one is served.
const TURN: usize = 24 * 1024 * 1024;

async fn retry_of_any_length_is_written(server: Server) {
    for (retry, ms) in [
        (Duration::ZERO, Some(0)),
        (Duration::from_micros(999), None),
        (Duration::from_micros(1999), Some(1)),
        (Duration::MAX, Some(Event::MAX_RETRY.as_millis() as u64)),
    ] {
        let path = server.events(move |_| Sse::new(events([event("a")])).with_retry(retry));
        let seen = oracle::decode(&server.get(&path).await.body().await);
        assert_eq!(seen.retry_ms, ms, "at the head: {retry:?}");
        assert_eq!(seen.events.len(), 1);

        let path = server.events(move |_| Sse::new(events([event("a").with_retry(retry)])));
        let seen = oracle::decode(&server.get(&path).await.body().await);
        assert_eq!(seen.retry_ms, ms, "in an event: {retry:?}");
        assert_eq!(seen.events.len(), 1);
    }
}

async fn path_of_any_length_gets_an_answer(server: Server) {
    let path = server.events(|_| Sse::new(events([event("a")])));
    for len in [1_000, 65_400, 65_520, 65_534, 65_535] {
        let long = format!("{path}?{}", "x".repeat(len - path.len() - 1));
        // Hosts have limits of their own; what is over one may be refused, but not unanswered.
        let status = server.send(&Request::get(long)).await.head().status;
        assert!(matches!(status, 200 | 400 | 414 | 431), "{len} bytes: {status}");
    }
    assert_eq!(server.get(&path).await.body().await, "data: a\n\n");
}

async fn endless_stream_does_not_starve_other_connections(server: Server) {
    let path = server.events(|_| Sse::new(events([event("other")])));
    let (mut watch, endless) = endless(&server);
    let reader = read_on(server.get(&endless).await);
    let mut turns = Vec::new();
    for _ in 0..5 {
        let before = watch.polls();
        assert_eq!(server.get(&path).await.body().await, "data: other\n\n");
        turns.push(watch.polls() - before);
    }
    check_turns(&turns);
    reader.abort();
    within("the drop of the endless stream", watch.dropped()).await;
}

async fn endless_stream_does_not_starve_other_streams(server: Server) {
    let path = server.events(|_| Sse::new(events([event("other")])));
    let mut connection = server.get(&path).await;
    let (mut watch, endless) = endless(&server);
    let reader = read_on(connection.again(&Request::get(endless)).await);
    let mut turns = Vec::new();
    for _ in 0..5 {
        let before = watch.polls();
        let mut other = connection.again(&Request::get(&path)).await;
        assert_eq!(other.body().await, "data: other\n\n");
        turns.push(watch.polls() - before);
    }
    check_turns(&turns);
    reader.abort();
    within("the drop of the endless stream", watch.dropped()).await;
}

/// A stream in which an event of 100 bytes is always ready.
fn endless(server: &Server) -> (Watch, String) {
    let more = event("m".repeat(100 - "data: \n\n".len()));
    let (watch, stream) = watched(stream::repeat(Ok(more)).boxed());
    (watch, server.events(once(Sse::new(stream))))
}

/// How often the endless stream was polled while each other response was made.
///
/// The least counts: a test that the machine keeps waiting lets the stream go on meanwhile.
fn check_turns(polls: &[usize]) {
    let bytes = polls.iter().min().expect("there are five") * 100;
    assert!(bytes <= TURN, "{bytes} bytes went before any other response was made: {polls:?}");
}

/// Reads for ever, so that the server is never held up by a full socket, and gives way to others,
/// so that it is never the test that starves.
fn read_on(mut exchange: Exchange) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        while let Next::Frame(_) = exchange.next().await {
            tokio::task::yield_now().await;
        }
    })
}

async fn stream_that_panics_ends_its_connection_and_the_server_lives(server: Server) {
    let (sender, stream) = channel::<bool>();
    let stream = stream.map(|panic| -> Fallible {
        if panic {
            std::panic::panic_any(Wanted);
        }
        Ok(event("a"))
    });
    let path = server.events(once(Sse::new(stream.boxed())));
    let mut exchange = server.opened(&path).await;
    sender.send(false).expect("the stream lives");
    assert_eq!(exchange.frame().await, "data: a\n\n");
    sender.send(true).expect("the stream lives");
    assert_eq!(exchange.next().await, Next::Broken);

    let path = server.events(|_| Sse::new(events([event("b")])));
    assert_eq!(server.get(&path).await.body().await, "data: b\n\n");
}
