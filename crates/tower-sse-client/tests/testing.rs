//! The kit for tests of handlers: it passes what is right, and fails what is not.

use std::io;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http::Response;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody, combinators::UnsyncBoxBody};
use tokio::time::{Instant, timeout};
use tower_sse_client::testing::{self, Events};
use tower_sse_client::{Event, EventId, EventName};

type Body = UnsyncBoxBody<Bytes, io::Error>;
/// Chunks, each after so many seconds.
type Chunks = &'static [(u32, &'static str)];

/// What a body does after its chunks.
#[derive(Clone, Copy)]
enum Then {
    End,
    Fail,
    Wait,
}

const SECOND: Duration = Duration::from_secs(1);
const PATIENCE: Duration = Duration::from_secs(60);
const TICK: EventName = EventName::from_static("tick");

fn says(chunks: Chunks, then: Then) -> Events<Body> {
    let said = stream::iter(chunks).then(|&(after, text)| async move {
        tokio::time::sleep(after * SECOND).await;
        Ok(Frame::data(Bytes::from_static(text.as_bytes())))
    });
    let then = match then {
        Then::End => stream::empty().boxed(),
        Then::Fail => stream::iter([Err(io::Error::other("cable cut"))]).boxed(),
        Then::Wait => stream::pending().boxed(),
    };
    let response = Response::builder().header("content-type", "text/event-stream; charset=utf-8");
    let body = StreamBody::new(said.chain(then)).boxed_unsync();
    testing::events(response.body(body).expect("a response"))
}

/// Expects something, and returns what the panic says.
async fn panic_of(expect: impl Future) -> String {
    match AssertUnwindSafe(expect).catch_unwind().await {
        Ok(_) => panic!("the expectation passed"),
        Err(panic) => *panic.downcast::<String>().expect("a formatted text"),
    }
}

#[tokio::test(start_paused = true)]
async fn gives_events_as_they_are_and_then_the_end() {
    let mut events =
        says(&[(0, "retry: 1000\n\n"), (1, "id: 7\nevent: tick\ndata: a\n\n")], Then::End);
    assert_eq!(events.next().await, Event::default().with_retry(SECOND));
    assert_eq!(events.last_event_id(), "");
    assert_eq!(events.next().await, Event::new("a").with_name(TICK).with_id(EventId::from(7)));
    assert_eq!(events.last_event_id(), "7");
    events.end().await;
    events.end().await;

    let events = says(&[(0, "data: a\n\n:\n\nda"), (86_399, "ta: b\n\n")], Then::End);
    let events = events.with_patience(100_000 * SECOND);
    assert_eq!(events.collect().await, [Event::new("a"), Event::new("b")]);
    assert_eq!(says(&[], Then::End).collect().await, []);
}

#[tokio::test(start_paused = true)]
async fn comments_are_seen_by_those_who_ask() {
    const CHUNKS: Chunks = &[(0, ":\n\n"), (15, ": one\n: two\n\n"), (1, ": of a\ndata: a\n\n")];
    let event = Event::new("a").with_comment("of a");

    let start = Instant::now();
    let mut events = says(CHUNKS, Then::End);
    assert_eq!(events.comment().await, "");
    assert_eq!(start.elapsed().as_secs(), 0);
    assert_eq!(events.comment().await, "one");
    assert_eq!(start.elapsed().as_secs(), 15);
    assert_eq!(events.comment().await, "two");
    assert_eq!(events.comment().await, "of a");
    assert_eq!(events.next().await, event);
    events.end().await;

    let mut events = says(CHUNKS, Then::Wait);
    events.quiet(15 * SECOND).await;
    assert_eq!(events.next().await, event);
}

#[tokio::test(start_paused = true)]
async fn quiet_takes_its_time_and_loses_nothing() {
    let chunks: Chunks = &[(2, "data: wh"), (2, "ole\n"), (2, "\ndata: next\n\n"), (2, ":\n\n")];
    let start = Instant::now();
    let mut events = says(chunks, Then::Wait);
    events.quiet(Duration::ZERO).await;
    assert_eq!(start.elapsed(), Duration::ZERO);
    for second in 1..=5 {
        events.quiet(SECOND).await;
        assert_eq!(start.elapsed().as_secs(), second);
    }
    assert_eq!(events.next().await, Event::new("whole"));
    assert_eq!(start.elapsed().as_secs(), 6);
    assert_eq!(events.next().await, Event::new("next"));
    events.quiet(1_000_000 * PATIENCE).await;
}

#[tokio::test(start_paused = true)]
async fn a_call_that_is_dropped_has_taken_nothing() {
    let mut events = says(&[(2, "data: a\n\n"), (2, ": b\n\n")], Then::End);
    timeout(SECOND, events.next()).await.expect_err("nothing yet");
    timeout(SECOND / 2, events.end()).await.expect_err("nothing yet");
    assert_eq!(events.next().await, Event::new("a"));
    timeout(SECOND, events.comment()).await.expect_err("nothing yet");
    assert_eq!(events.comment().await, "b");
}

#[tokio::test(start_paused = true)]
async fn what_is_not_as_expected_is_a_panic() {
    use Then::{End, Fail, Wait};

    async fn check(
        (chunks, then): (Chunks, Then),
        expect: impl AsyncFnOnce(Events<Body>),
        panic: &str,
    ) {
        let start = Instant::now();
        let said = panic_of(expect(says(chunks, then))).await;
        assert!(said.contains(panic), "{said:?} is not about {panic:?}");
        assert!(start.elapsed() <= PATIENCE + 10 * SECOND, "{panic:?} took {:?}", start.elapsed());
    }
    const COMMENTS: Chunks = &[(0, ":\n\n"), (9, ": b\n\n")];
    const EVENT: Chunks = &[(9, "data: early\n\n")];
    const RETRY: Chunks = &[(0, "retry: 1\n\n")];

    let next = async |mut events: Events<Body>| drop(events.next().await);
    check((COMMENTS, End), next, ": expected an event, but the body ended").await;
    check((COMMENTS, Fail), next, ": response broke off: cable cut").await;
    check((COMMENTS, Wait), next, ": expected an event, but none came for 60s").await;

    let comment = async |mut events: Events<Body>| drop(events.comment().await);
    check((EVENT, End), comment, ": expected a comment, but there is Event { data: Some(\"early\"")
        .await;
    check((RETRY, End), comment, ": expected a comment, but there is Event {").await;
    check((&[], End), comment, ": expected a comment, but the body ended").await;
    check((&[], Fail), comment, ": response broke off: cable cut").await;
    check((&[], Wait), comment, ": expected a comment, but none came for 60s").await;

    let quiet = async |mut events: Events<Body>| events.quiet(10 * SECOND).await;
    check(
        (EVENT, Wait),
        quiet,
        ": expected no event for 10s, but there is Event { data: Some(\"early\"",
    )
    .await;
    check((&[(10, "id: 1\n\n")], Wait), quiet, ": expected no event for 10s, but there is").await;
    check((COMMENTS, End), quiet, ": expected no end for 10s, but the body ended").await;
    check((COMMENTS, Fail), quiet, ": response broke off: cable cut").await;
    let not_now = async |mut events: Events<Body>| events.quiet(Duration::ZERO).await;
    check((RETRY, Wait), not_now, ": expected no event for 0ns, but there is").await;

    let end = async |mut events: Events<Body>| events.end().await;
    check((EVENT, End), end, ": expected the end, but there is Event { data: Some(\"early\"").await;
    check((COMMENTS, Fail), end, ": response broke off: cable cut").await;
    check((COMMENTS, Wait), end, ": expected the end, but it did not come for 60s").await;

    let collect = async |events: Events<Body>| drop(events.collect().await);
    check((EVENT, Fail), collect, ": response broke off: cable cut").await;
    check((EVENT, Wait), collect, ": expected the end, but it did not come for 60s").await;
}

#[tokio::test(start_paused = true)]
async fn a_panic_names_the_line_that_expected_otherwise() {
    async fn check(line: u32, expect: impl Future) {
        let said = panic_of(expect).await;
        assert!(said.starts_with(&format!("{}:{line}:", file!())), "{said} is not about {line}");
    }
    let events = || says(&[(0, "data: a\n\n")], Then::Fail);
    check(line!(), events().comment()).await;
    check(line!(), events().quiet(SECOND)).await;
    check(line!(), events().end()).await;
    check(line!(), events().collect()).await;
    check(line!(), says(&[], Then::End).next()).await;
}

#[test]
#[should_panic(expected = "expected a stream of events, but status is 404 Not Found, not 200 OK")]
fn an_error_is_no_stream_of_events() {
    testing::events(Response::builder().status(404).body(String::new()).expect("a response"));
}

#[test]
#[should_panic(expected = "expected a stream of events, but content type is \"text/plain\"")]
fn a_text_is_no_stream_of_events() {
    let response = Response::builder().header("content-type", "text/plain");
    testing::events(response.body(String::from("data: a\n\n")).expect("a response"));
}
