//! How many streams are let in.

use std::net::SocketAddr;
use std::time::Duration;

use axum::extract::ConnectInfo;
use conformance::client::{Exchange, Next, Request};
use conformance::{oracle, within};
use futures_util::future::join_all;
use http::request::Parts;
use tower_sse::{Builder, Cause, HostGuard, Reason, Sse, Streams};

use super::clients::asked;
use super::{cases, mounts, streams};
use crate::server::Server;
use crate::streams::{admitted, events, pending};

cases! {
    streams => [
        as_many_as_may_are_let_in_and_no_more_in_a_storm,
        a_place_is_free_when_a_client_is_gone,
        the_streams_of_a_key_are_limited,
        the_address_of_a_client_may_be_its_key,
        the_oldest_of_a_key_makes_room,
        new_streams_come_in_at_a_rate,
        a_guard_sees_for_whom_and_from_where_a_request_is,
    ],
    |place| mounts(place) && asked().is_some() => [
        as_many_as_asked_come_and_go_and_nothing_is_left,
    ],
}

/// How often a host must write, so that it sees a client go.
const BEAT: Duration = Duration::from_millis(50);

fn serve(server: &Server, settings: Builder) -> (Streams, String) {
    let streams = settings
        .with_key(|request: &Parts| Some(request.headers.get("user")?.to_str().ok()?.to_owned()))
        .build();
    let beating = || Sse::new(pending()).with_keep_alive(tower_sse::KeepAlive::every(BEAT));
    let path = server.events(admitted(&streams, beating));
    (streams, path)
}

/// Whether the client has got a stream, and not an end that tells it to come back.
async fn is_let_in(client: &mut Exchange) -> bool {
    let first = client.frame().await;
    if first == ":\n\n" {
        return true;
    }
    assert!(oracle::decode(&first).retry_ms.is_some(), "{first:?}");
    assert_eq!(client.next().await, Next::End);
    false
}

async fn get(server: &Server, path: &str, user: &str) -> Exchange {
    server.send(&Request::get(path).with_header("user", user)).await
}

async fn as_many_as_may_are_let_in_and_no_more_in_a_storm(server: Server) {
    let count = asked().unwrap_or(100);
    let room = count / 5;
    let (streams, path) = serve(&server, Streams::builder().with_max_open(room));
    let mut clients = join_all((0..count).map(|_| server.get(&path))).await;
    let let_in = join_all(clients.iter_mut().map(is_let_in)).await;
    assert_eq!(let_in.iter().filter(|let_in| **let_in).count(), room);
    assert_eq!(streams.open(), room);
    assert_eq!(streams.stats().refused(Cause::Full) as usize, count - room);
}

async fn a_place_is_free_when_a_client_is_gone(server: Server) {
    let (streams, path) = serve(&server, Streams::builder().with_max_open(1));
    for n in 0..5 {
        let mut client = server.get(&path).await;
        assert!(is_let_in(&mut client).await, "{n}");
        assert!(!is_let_in(&mut server.get(&path).await).await, "{n}");
        let stream = streams.all().remove(0);
        drop(client);
        assert_eq!(within("the end of the stream", stream.ended()).await, Reason::ClientGone);
    }
}

async fn the_streams_of_a_key_are_limited(server: Server) {
    let (streams, path) = serve(&server, Streams::builder().with_max_per_key(2));
    let mut clients = Vec::new();
    for (user, let_in) in [("a", true), ("b", true), ("a", true), ("a", false), ("b", true)] {
        let mut client = get(&server, &path, user).await;
        assert_eq!(is_let_in(&mut client).await, let_in, "{user}");
        clients.push(client);
    }
    assert_eq!((streams.open_of("a"), streams.open_of("b")), (2, 2));

    assert_eq!(streams.end_of("a"), 2);
    for client in [0, 2] {
        while let Next::Frame(frame) = clients[client].next().await {
            assert_eq!(frame, ":\n\n");
        }
    }
    let mut client = get(&server, &path, "a").await;
    assert!(is_let_in(&mut client).await);
    assert_eq!(streams.stats().ended(Reason::Ended), 2);
}

async fn the_address_of_a_client_may_be_its_key(server: Server) {
    // As each framework's documentation says.
    let address = |request: &Parts| {
        let connect_info = request.extensions.get::<ConnectInfo<SocketAddr>>();
        let address = connect_info.map(|ConnectInfo(address)| address);
        Some(address.or_else(|| request.extensions.get::<SocketAddr>())?.ip())
    };
    let streams = Streams::builder().with_key(address).with_max_per_key(1).build();
    let path = server.events(admitted(&streams, || Sse::new(pending())));
    let mut client = server.get(&path).await;
    assert!(is_let_in(&mut client).await);
    assert_eq!(streams.all()[0].key(), Some(&server.address().ip().into()));
    assert!(!is_let_in(&mut server.get(&path).await).await);
}

async fn the_oldest_of_a_key_makes_room(server: Server) {
    let (streams, path) = serve(&server, Streams::builder().with_max_per_key(1).ending_oldest());
    let mut oldest = get(&server, &path, "a").await;
    assert!(is_let_in(&mut oldest).await);
    let stream = streams.of("a").remove(0);
    let mut newest = get(&server, &path, "a").await;
    assert!(is_let_in(&mut newest).await);
    let told = oracle::decode(&oldest.body().await).retry_ms;
    assert!(told.is_some());
    assert_eq!(within("the end of the oldest", stream.ended()).await, Reason::Limit);
}

async fn new_streams_come_in_at_a_rate(server: Server) {
    let (streams, path) = serve(&server, Streams::builder().with_rate(3, Duration::MAX));
    let mut clients = join_all((0..10).map(|_| server.get(&path))).await;
    let let_in = join_all(clients.iter_mut().map(is_let_in)).await;
    assert_eq!(let_in.iter().filter(|let_in| **let_in).count(), 3);
    assert_eq!(streams.stats().refused(Cause::Rate), 7);
}

async fn a_guard_sees_for_whom_and_from_where_a_request_is(server: Server) {
    let path = server.events(|asked| match HostGuard::loopback().allows(&asked.head) {
        true => Sse::new(events([])),
        false => Sse::no_content(),
    });
    let of_origin = |origin| Request::get(&path).with_header("origin", origin);
    for (request, status) in [
        (Request::get(&path), 200),
        (Request::get(&path).with_host("127.0.0.1:3000"), 200),
        (Request::get(&path).with_host("rebound.example"), 204),
        (Request::get(&path).with_host("rebound.example:3000"), 204),
        (of_origin("http://localhost:3000"), 200),
        (of_origin("https://rebound.example"), 204),
        (of_origin("null"), 204),
        (of_origin("http://localhost:3000").with_host("rebound.example"), 204),
    ] {
        assert_eq!(server.send(&request).await.head().status, status, "{request:?}");
    }
}

async fn as_many_as_asked_come_and_go_and_nothing_is_left(server: Server) {
    const AT_ONCE: usize = 50;
    let count = asked().expect("the case is there when it is asked for");
    let (streams, path) = serve(&server, Streams::builder().with_max_per_key(AT_ONCE));
    for _ in 0..count / AT_ONCE {
        let users = (0..AT_ONCE).map(|n| n.to_string());
        // Half of them are gone before they have read anything.
        join_all(users.map(async |user| {
            let mut client = get(&server, &path, &user).await;
            if user.len() == 2 {
                assert!(is_let_in(&mut client).await);
            }
        }))
        .await;
    }
    within("the end of the last stream", streams.drain(Duration::MAX)).await;
    let stats = streams.stats();
    // The drain may have told one of them before its host has seen that the client is gone.
    let gone = stats.ended(Reason::ClientGone) + stats.ended(Reason::Drained);
    assert_eq!((stats.open, stats.opened), (0, gone));
    assert_eq!(gone as usize, count / AT_ONCE * AT_ONCE);
    assert_eq!((0..AT_ONCE).map(|n| streams.open_of(n.to_string())).sum::<usize>(), 0);
}
