//! What is a frame, and when it goes out.

use std::time::Duration;

use bytes::Bytes;
use conformance::client::{Exchange, Next, Request};
use futures_util::{StreamExt as _, stream};
use tower_sse::{Encoded, Event, Sse};

use super::{cases, streams};
use crate::server::Server;
use crate::streams::{channel, event, events, once, pending};

cases! {
    streams => [
        event_alone_is_a_frame_before_the_next_exists,
        encoded_alone_is_a_frame_before_the_next_exists,
        opening_comment_when_nothing_is_ready,
        no_opening_comment_when_an_event_is_ready,
        no_opening_comment_when_a_retry_is_ready,
        retry_is_at_the_head_of_the_stream,
        ready_events_share_a_frame,
        frame_holds_at_most_16_kib,
        large_event_stays_whole,
        large_encoded_is_a_frame_of_its_own,
        events_sent_at_once_share_a_frame,
        end_of_the_stream_ends_the_response,
    ],
}

const FRAME: usize = 16 * 1024;

async fn event_alone_is_a_frame_before_the_next_exists(server: Server) {
    let (sender, stream) = channel();
    let path = server.events(once(Sse::new(stream)));
    let mut exchange = server.opened(&path).await;
    for n in 0..5 {
        sender.send(Ok(event(n.to_string()))).expect("the stream lives");
        assert_eq!(exchange.frame().await, format!("data: {n}\n\n"));
    }
    drop(sender);
    assert_eq!(exchange.next().await, Next::End);
}

async fn encoded_alone_is_a_frame_before_the_next_exists(server: Server) {
    let (sender, stream) = channel();
    let path = server.encoded(once(Sse::new(stream)));
    let mut exchange = server.opened(&path).await;
    for n in 0..5 {
        sender.send(event(n.to_string()).into()).expect("the stream lives");
        assert_eq!(exchange.frame().await, format!("data: {n}\n\n"));
    }
    drop(sender);
    assert_eq!(exchange.next().await, Next::End);
}

async fn opening_comment_when_nothing_is_ready(server: Server) {
    let path = server.events(once(Sse::new(pending()).without_keep_alive()));
    server.opened(&path).await;
}

async fn no_opening_comment_when_an_event_is_ready(server: Server) {
    let path = server.events(once(Sse::new(events([event("a")]).chain(pending()).boxed())));
    assert_eq!(server.get(&path).await.frame().await, "data: a\n\n");
}

async fn no_opening_comment_when_a_retry_is_ready(server: Server) {
    let (sender, stream) = channel();
    let path = server.events(once(Sse::new(stream).with_retry(Duration::from_millis(1500))));
    let mut exchange = server.get(&path).await;
    assert_eq!(exchange.frame().await, "retry: 1500\n\n");
    sender.send(Ok(event("a"))).expect("the stream lives");
    assert_eq!(exchange.frame().await, "data: a\n\n");
}

async fn retry_is_at_the_head_of_the_stream(server: Server) {
    let path = server.events(|_| Sse::new(events([event("a")])).with_retry(Duration::from_secs(2)));
    assert_eq!(server.get(&path).await.body().await, "retry: 2000\n\ndata: a\n\n");
    let path = server.encoded(|_| {
        Sse::new(stream::iter([event("a").into()]).boxed()).with_retry(Duration::from_secs(2))
    });
    assert_eq!(server.get(&path).await.body().await, "retry: 2000\n\ndata: a\n\n");
}

async fn ready_events_share_a_frame(server: Server) {
    let numbers = || (0..100).map(|n| event(n.to_string()));
    let expected: String = (0..100).map(|n| format!("data: {n}\n\n")).collect();

    let path = server.events(move |_| Sse::new(events(numbers())));
    assert_eq!(server.get(&path).await.frames().await, [&*expected]);
    let path =
        server.encoded(move |_| Sse::new(stream::iter(numbers()).map(Encoded::from).boxed()));
    assert_eq!(server.get(&path).await.frames().await, [&*expected]);
}

async fn frame_holds_at_most_16_kib(server: Server) {
    let text = "x".repeat(100);
    let numbers = move |n: usize| event(format!("{n:05} {text}"));
    let all = (0..2000).map(numbers.clone());
    let expected: Vec<u8> =
        all.clone().flat_map(|event| Encoded::from(event).into_bytes()).collect();

    let made = all.clone();
    let path = server.events(move |_| Sse::new(events(made.clone())));
    check_full(&mut server.get(&path).await, &expected).await;
    let path =
        server.encoded(move |_| Sse::new(stream::iter(all.clone()).map(Encoded::from).boxed()));
    check_full(&mut server.get(&path).await, &expected).await;
}

/// No frame is over the limit, and none could have taken one event more; the last may.
async fn check_full(exchange: &mut Exchange, expected: &[u8]) {
    let one = expected.len() / 2000;
    let frames = exchange.frames().await;
    assert_eq!(frames.concat(), expected);
    for frame in &frames {
        assert!(frame.len() <= FRAME, "a frame of {} bytes", frame.len());
    }
    for frame in &frames[..frames.len() - 1] {
        assert!(frame.len() + one > FRAME, "only {} bytes while more is ready", frame.len());
    }
}

async fn large_event_stays_whole(server: Server) {
    let text = "0123456789\n".repeat(30_000);
    let large = Encoded::from(event(text.as_str())).into_bytes();
    let all = [event("before"), event(text), event("after")];
    let expected = [b"data: before\n\n", &*large, b"data: after\n\n"].concat();

    let made = all.clone();
    let path = server.events(move |_| Sse::new(events(made.clone())));
    assert!(server.get(&path).await.body().await == expected);
    let path =
        server.encoded(move |_| Sse::new(stream::iter(all.clone()).map(Encoded::from).boxed()));
    assert!(server.get(&path).await.body().await == expected);
}

async fn large_encoded_is_a_frame_of_its_own(server: Server) {
    let of = |letter: &str, bytes: usize| {
        let event = event(letter.repeat(bytes - "data: \n\n".len()));
        let encoded = Encoded::from(event);
        assert_eq!(encoded.bytes().len(), bytes);
        encoded
    };
    let all = [of("a", 50), of("b", 50), of("c", 4096), of("d", 9000), of("e", 50), of("f", 4095)];
    let played = all.clone();
    let path = server.encoded(move |_| Sse::new(stream::iter(played.clone()).boxed()));
    let frames = server.get(&path).await.frames().await;
    let lengths: Vec<_> = frames.iter().map(Bytes::len).collect();
    assert_eq!(lengths, [100, 4096, 9000, 4145]);
    assert!(frames.concat() == all.map(Encoded::into_bytes).concat());
}

async fn events_sent_at_once_share_a_frame(server: Server) {
    // All are sent at one poll of the stream, as a subscriber finds them after a wake-up.
    let (sender, stream) = channel::<Vec<Event>>();
    let path = server.events(once(Sse::new(stream.flat_map(events).boxed())));
    let mut exchange = server.opened(&path).await;
    for _ in 0..3 {
        sender.send((0..10).map(|n| event(n.to_string())).collect()).expect("the stream lives");
        let expected: String = (0..10).map(|n| format!("data: {n}\n\n")).collect();
        assert_eq!(exchange.frame().await, expected);
    }
}

async fn end_of_the_stream_ends_the_response(server: Server) {
    let path = server.events(|_| Sse::new(events([])));
    let mut exchange = server.get(&path).await;
    assert_eq!(exchange.frames().await, [""; 0]);

    // The connection is as good as before.
    let path = server.events(|_| Sse::new(events([event("a")])));
    let mut exchange = exchange.again(&Request::get(path)).await;
    assert_eq!(exchange.body().await, "data: a\n\n");
}
