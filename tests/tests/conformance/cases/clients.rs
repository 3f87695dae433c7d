//! Clients that come in numbers, and clients that go.

use std::time::Duration;

use conformance::client::{Exchange, Next, Protocol, Request};
use conformance::within;
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tower_sse::{Encoded, KeepAlive, Sse};

use super::{cases, streams};
use crate::server::Server;
use crate::streams::{event, events, once, pending, watched};

cases! {
    streams => [
        one_client_gets_everything,
        a_hundred_clients_get_everything,
        a_thousand_clients_get_everything,
        client_gone_drops_the_stream,
        client_gone_drops_a_busy_stream,
    ],
    |place| streams(place) && asked().is_some() => [
        as_many_clients_as_asked_get_everything,
    ],
    |place| streams(place) && place.protocol == Protocol::H2 => [
        reset_drops_the_stream,
    ],
}

async fn one_client_gets_everything(server: Server) {
    all_get_everything(server, 1).await;
}

async fn a_hundred_clients_get_everything(server: Server) {
    all_get_everything(server, 100).await;
}

async fn a_thousand_clients_get_everything(server: Server) {
    all_get_everything(server, 1000).await;
}

async fn as_many_clients_as_asked_get_everything(server: Server) {
    all_get_everything(server, asked().expect("the case is there when it is asked for")).await;
}

/// How many clients are asked for by `CONFORMANCE_CLIENTS`. Each takes two files of this process.
pub(super) fn asked() -> Option<usize> {
    let asked = std::env::var("CONFORMANCE_CLIENTS").ok()?;
    Some(asked.parse().expect("CONFORMANCE_CLIENTS is a number"))
}

async fn all_get_everything(server: Server, clients: usize) {
    let (sender, _) = broadcast::channel::<Encoded>(64);
    let weak = sender.downgrade();
    let path = server.encoded(move |_| {
        let receiver = weak.upgrade().expect("the test has not ended the streams").subscribe();
        let stream = BroadcastStream::new(receiver).map(|sent| sent.expect("nobody lags"));
        // The last of a thousand may be long in coming.
        Sse::new(stream.boxed()).without_keep_alive()
    });
    let mut exchanges: Vec<Exchange> = Vec::new();
    for n in 0..clients {
        // A connection takes a hundred streams, where it takes more than one.
        let mut exchange = match exchanges.last_mut() {
            Some(last) if server.place.protocol == Protocol::H2 && n % 100 != 0 => {
                last.again(&Request::get(&path)).await
            }
            _ => server.get(&path).await,
        };
        assert_eq!(exchange.frame().await, ":\n\n");
        exchanges.push(exchange);
    }
    let mut expected = Vec::new();
    for n in 0..20 {
        let encoded = Encoded::from(event(format!("{n} {}", "x".repeat(100))));
        expected.extend_from_slice(encoded.bytes());
        sender.send(encoded).expect("all streams are subscribed");
    }
    drop(sender);
    for body in join_all(exchanges.iter_mut().map(Exchange::body)).await {
        assert_eq!(body, expected);
    }
}

async fn client_gone_drops_the_stream(server: Server) {
    let (mut watch, stream) = watched(pending());
    let path = server.events(once(Sse::new(stream).with_keep_alive(notice(&server))));
    let exchange = server.opened(&path).await;
    drop(exchange);
    within("the drop of the stream", watch.dropped()).await;
}

async fn client_gone_drops_a_busy_stream(server: Server) {
    let (mut watch, stream) = watched(stream::repeat_with(|| Ok(event("more"))).boxed());
    let path = server.events(once(Sse::new(stream)));
    let mut exchange = server.get(&path).await;
    exchange.frame().await;
    drop(exchange);
    within("the drop of the stream", watch.dropped()).await;
}

async fn reset_drops_the_stream(server: Server) {
    let (mut watch, stream) = watched(pending());
    let path = server.events(once(Sse::new(stream).with_keep_alive(notice(&server))));
    let connection = server.opened(&path).await.reset();
    within("the drop of the stream", watch.dropped()).await;

    let path = server.events(|_| Sse::new(events([event("other")])));
    let mut other = connection.send(&Request::get(path)).await;
    assert_eq!(other.frame().await, "data: other\n\n");
    assert_eq!(other.next().await, Next::End);
}

/// The default, where that is enough; else what makes the host try to write.
fn notice(server: &Server) -> KeepAlive {
    if server.place.host.notices_close {
        KeepAlive::default()
    } else {
        KeepAlive::every(Duration::from_millis(50))
    }
}
