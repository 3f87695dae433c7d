use http::Request;
use tokio::time::Instant;
use tower::ServiceExt;
use tower_sse::{Event, SseBody};
use tower_sse_client::testing::{self, Events};

use super::*;

/// What a browser gets that saw this id last, after the head that all of them get.
async fn open(demo: &Demo, seen: Option<&EventId>) -> Events<SseBody<Updates>> {
    let mut request = Request::new(());
    if let Some(id) = seen {
        let id = HeaderValue::from_str(id.as_str()).expect("a header value");
        request.headers_mut().insert("last-event-id", id);
    }
    let response = demo.events().oneshot(request).await.expect("the service is infallible");
    let mut events = testing::events(response);
    assert_eq!(events.next().await, Event::default().with_retry(RETRY));
    assert_eq!(events.next().await.event_type(), "server");
    events
}

/// The next events are these, each as `name number`.
async fn check(events: &mut Events<SseBody<Updates>>, expected: &[&str]) {
    for expected in expected {
        assert_eq!(describe(&events.next().await), *expected);
    }
}

fn describe(event: &Event) -> String {
    let number = event.id().and_then(|id| id.as_str().split_once('.')).map(|(_, number)| number);
    format!("{} {}", event.event_type(), number.unwrap_or("-"))
}

#[tokio::test(start_paused = true)]
async fn a_post_reaches_every_open_stream_once() {
    let demo = Demo::new("none");
    demo.publish("before".into());
    let mut streams = [open(&demo, None).await, open(&demo, None).await];
    demo.publish("after".into());
    for stream in &mut streams {
        check(stream, &["wall 0", "post 1", "post 2"]).await;
        stream.quiet(60 * SAMPLE_EVERY).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_comes_with_its_id_and_its_text() {
    let demo = Demo::new("none");
    let mut events = open(&demo, None).await;
    check(&mut events, &["wall 0"]).await;
    let id = demo.publish("hello".into());
    let event = events.next().await;
    assert_eq!(event.id(), Some(&id));
    assert!(event.data().expect("data").ends_with(r#""text":"hello"}"#), "{event:?}");
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_after_the_last_post_that_was_seen() {
    let demo = Demo::new("none");
    demo.publish("one".into());
    let seen = demo.publish("two".into());
    demo.publish("three".into());
    let mut events = open(&demo, Some(&seen)).await;
    demo.publish("four".into());
    check(&mut events, &["post 3", "post 4"]).await;
    events.quiet(60 * SAMPLE_EVERY).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_too_far_behind_ends() {
    let demo = Demo::new("none");
    let mut events = open(&demo, None).await;
    for _ in 0..=BEHIND {
        demo.publish("spam".into());
    }
    check(&mut events, &["wall 0"]).await;
    events.end().await;
}

#[tokio::test(start_paused = true)]
async fn two_runs_share_no_id() {
    let seen = Demo::new("none").publish("one".into());
    let after = Demo::new("none");
    after.publish("other".into());
    check(&mut open(&after, Some(&seen)).await, &["wall 0", "post 1"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_kept_alive_when_nothing_happens() {
    let demo = Demo::new("none");
    let mut events = open(&demo, None).await;
    check(&mut events, &["wall 0"]).await;
    let start = Instant::now();
    for seconds in [15, 30] {
        assert_eq!(events.comment().await, "");
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn the_machine_is_shown_once_a_second() {
    let demo = Demo::new("none");
    let mut events = open(&demo, None).await;
    check(&mut events, &["wall 0"]).await;
    let start = Instant::now();
    tokio::spawn(demo.sample().expect("a machine"));
    for seconds in 0..3 {
        check(&mut events, &["machine -"]).await;
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test]
async fn the_sender_is_told_the_id_or_the_reason() {
    let demo = Demo::new("none");
    let body = |text: &'static [u8]| tokio_stream::iter([Ok::<_, ()>(text)]);
    let posted = demo.post(body(b"hello")).await;
    assert_eq!(posted.status(), StatusCode::CREATED);
    assert!(posted.body().ends_with(".1"), "{posted:?}");
    let refused = demo.post(body(b" ")).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(refused.body(), "the text is blank");
}
