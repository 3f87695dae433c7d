//! What clients see of a drain.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use conformance::client::{Exchange, Next, Protocol, Request};
use conformance::{oracle, within};
use futures_util::future::join_all;
use futures_util::{StreamExt as _, stream};
use tokio::sync::mpsc;
use tower_sse::{Reason, Sse, Streams};

use super::clients::asked;
use super::{cases, mounts, streams};
use crate::server::Server;
use crate::streams::{admitted, channel, event, once, pending};

cases! {
    streams => [
        drained_streams_are_told_when_to_come_back,
        drained_streams_are_told_a_last_event_of_any_size,
        finite_streams_end_by_themselves,
        new_streams_are_refused_while_others_are_drained,
        a_client_that_reads_nothing_does_not_hold_a_drain_up,
    ],
    |place| mounts(place) && asked().is_some() => [
        as_many_streams_as_asked_are_closed_evenly_though_some_stall,
    ],
}

const BUDGET: Duration = Duration::from_secs(1);
/// As long as no case takes.
const LONG: Duration = Duration::from_secs(60);

async fn drained_streams_are_told_when_to_come_back(server: Server) {
    let streams = Streams::builder().with_retry(3 * BUDGET..=9 * BUDGET).build();
    let path = server.events(admitted(&streams, || Sse::new(pending())));
    let mut clients = Vec::new();
    for _ in 0..20 {
        clients.push(server.opened(&path).await);
    }
    let start = Instant::now();
    let (_, bodies) = tokio::join!(
        streams.drain(BUDGET),
        join_all(clients.iter_mut().map(async |client| {
            let body = client.body().await;
            (oracle::decode(&body).retry_ms.expect("a retry"), start.elapsed())
        }))
    );
    assert!(bodies.iter().all(|(retry, _)| (3_000..=9_000).contains(retry)), "{bodies:?}");
    assert!(bodies.iter().any(|(retry, _)| *retry != bodies[0].0), "all are the same");
    let late = bodies.iter().filter(|(_, at)| *at > BUDGET / 2).count();
    assert!((9..20).contains(&late), "evenly: {bodies:?}");
    within("the drop of the last body", streams.drain(LONG)).await;
    assert_eq!(streams.stats().ended(Reason::Drained), 20);
}

async fn drained_streams_are_told_a_last_event_of_any_size(server: Server) {
    for len in [3, 8 << 20] {
        let last = event("x".repeat(len));
        let streams = Streams::builder().with_last_event(last).build();
        let path = server.events(admitted(&streams, || Sse::new(pending())));
        let mut client = server.opened(&path).await;
        let (body, ()) = tokio::join!(client.body(), streams.drain(LONG));
        let seen = oracle::decode(&body);
        assert_eq!(seen.events[0].data.len(), len);
        assert!(seen.retry_ms.is_some());
    }
}

async fn finite_streams_end_by_themselves(server: Server) {
    let streams = Streams::new();
    let (sender, stream) = channel();
    let answer = once(Sse::new(stream).finite());
    let path = server.events(admitted(&streams, move || answer(())));
    let mut client = server.opened(&path).await;
    let end = async {
        while !streams.is_draining() {
            tokio::task::yield_now().await;
        }
        sender.send(Ok(event("the end"))).expect("it was left alone");
        drop(sender);
    };
    let drained = async { within("the end of a finite stream", streams.drain(LONG)).await };
    let (body, (), ()) = tokio::join!(client.body(), end, drained);
    assert_eq!(body, "data: the end\n\n");
    assert_eq!(streams.stats().ended(Reason::Finished), 1);
}

async fn new_streams_are_refused_while_others_are_drained(server: Server) {
    let streams = Streams::builder().with_retry(BUDGET..=BUDGET).build();
    let path = server.events(admitted(&streams, || Sse::new(pending())));
    streams.drain(BUDGET).await;

    let mut told = server.get(&path).await;
    assert_eq!(told.head().header("content-type"), Some(&b"text/event-stream"[..]));
    assert_eq!(told.head().header("cache-control"), Some(&b"no-store, no-transform"[..]));
    assert_eq!(told.body().await, "retry: 1000\n\n");

    let refused = server.send(&Request::get(&path).with_header("accept", "application/json")).await;
    assert_eq!(refused.head().status, 503);
    assert_eq!(refused.head().header("retry-after"), Some(&b"1"[..]));
    assert_eq!(refused.head().header("cache-control"), Some(&b"no-store"[..]));
    assert_eq!(refused.head().header("content-type"), None);
}

async fn a_client_that_reads_nothing_does_not_hold_a_drain_up(server: Server) {
    let streams = Streams::new();
    let path = server.events(admitted(&streams, || {
        Sse::new(stream::repeat_with(|| Ok(event("x".repeat(10_000)))).boxed())
    }));
    let mut stalled = server.get(&path).await;
    // Until the host has asked for no more for a while.
    let (mut sent, mut same) = (0, 0);
    while same < 5 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let before = std::mem::replace(&mut sent, streams.stats().bytes);
        same = if sent == before { same + 1 } else { 0 };
    }
    let start = Instant::now();
    streams.drain(BUDGET).await;
    // Sooner, where a host asks once more when the body wakes it.
    assert!(start.elapsed() < 2 * BUDGET, "{:?}", start.elapsed());

    // It is told as soon as it reads.
    let mut last = Vec::new();
    while let Next::Frame(frame) = stalled.next().await {
        last = [last.split_off(last.len().saturating_sub(20)), frame.to_vec()].concat();
    }
    let last = String::from_utf8(last).expect("UTF-8");
    assert!(last.contains("\n\nretry: ") && last.ends_with("\n\n"), "{last:?}");
    within("the drop of the last body", streams.drain(LONG)).await;
}

async fn as_many_streams_as_asked_are_closed_evenly_though_some_stall(server: Server) {
    const BUDGET: Duration = Duration::from_secs(5);
    const SLOT: Duration = Duration::from_millis(100);
    let count = asked().expect("the case is there when it is asked for");
    let streams = Streams::new();
    let quiet = server.events(admitted(&streams, || Sse::new(pending()).without_keep_alive()));
    let mut clients: Vec<Exchange> = Vec::new();
    for n in 0..count {
        // A connection takes a hundred streams, where it takes more than one.
        let mut client = match clients.last_mut() {
            Some(last) if server.place.protocol == Protocol::H2 && n % 100 != 0 => {
                last.again(&Request::get(&quiet)).await
            }
            _ => server.get(&quiet).await,
        };
        assert_eq!(client.frame().await, ":\n\n");
        clients.push(client);
    }
    let long = server.events(admitted(&streams, || {
        Sse::new(stream::repeat_with(|| Ok(event("x".repeat(60_000)))).boxed())
    }));
    let mut stalled = Vec::new();
    for _ in 0..count / 20 {
        let request = Request::get(&long);
        let protocol = server.place.protocol;
        stalled.push(Exchange::start_narrow(server.address(), protocol, &request).await);
    }

    let (closed, mut ends) = mpsc::unbounded_channel();
    for mut client in clients {
        let closed = closed.clone();
        tokio::spawn(async move {
            let retry = oracle::decode(&client.body().await).retry_ms.expect("a retry");
            closed.send((retry, Instant::now())).expect("it is waited for");
        });
    }
    drop(closed);
    // All of them listen.
    tokio::task::yield_now().await;
    let start = Instant::now();
    streams.drain(BUDGET).await;
    let took = start.elapsed();
    let mut slots = [0; 49];
    let mut retries = HashSet::new();
    while let Some((retry, at)) = ends.recv().await {
        retries.insert(retry);
        // The last one is told at the end of its slot.
        slots[(((at - start).as_millis() / SLOT.as_millis()) as usize).min(48)] += 1;
    }
    println!("{}: {count} in {took:?}: {slots:?}", server.place);
    assert!(took < BUDGET + SLOT, "{took:?}");
    assert_eq!(slots.iter().sum::<usize>(), count);
    assert!(retries.len() > count.min(4_000) / 2, "{} different ones", retries.len());
    let even = count / slots.len();
    for slot in slots {
        assert!((even * 3 / 4..=even * 5 / 4 + 1).contains(&slot), "{even} each: {slots:?}");
    }
    drop(stalled);
}
