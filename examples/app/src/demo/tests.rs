use super::*;

/// The next events that are ready, each as `name id`.
async fn next(updates: &mut Updates, count: usize) -> Vec<String> {
    let events: Vec<_> = updates.as_mut().take(count).collect().await;
    events.iter().map(describe).collect()
}

fn describe(event: &Encoded) -> String {
    let text = String::from_utf8_lossy(event.bytes());
    let name = text.lines().find_map(|line| line.strip_prefix("event: ")).unwrap_or("-");
    let number = event.id().and_then(|id| id.as_str().split_once('.')).map(|(_, number)| number);
    format!("{name} {}", number.unwrap_or("-"))
}

#[tokio::test]
async fn a_post_reaches_every_open_stream_once() {
    let demo = Demo::new("none");
    demo.publish("before".into());
    let mut streams = [demo.updates(&LastEventId::Absent), demo.updates(&LastEventId::Absent)];
    demo.publish("after".into());
    for stream in &mut streams {
        assert_eq!(next(stream, 4).await, ["server -", "wall 0", "post 1", "post 2"]);
    }
}

#[tokio::test]
async fn a_stream_goes_on_after_the_last_post_that_was_seen() {
    let demo = Demo::new("none");
    demo.publish("one".into());
    let seen = LastEventId::Id(demo.publish("two".into()));
    demo.publish("three".into());
    let mut updates = demo.updates(&seen);
    demo.publish("four".into());
    assert_eq!(next(&mut updates, 3).await, ["server -", "post 3", "post 4"]);
}

#[tokio::test]
async fn a_stream_that_is_too_far_behind_ends() {
    let demo = Demo::new("none");
    let mut updates = demo.updates(&LastEventId::Absent);
    for _ in 0..=BEHIND {
        demo.publish("spam".into());
    }
    // Asks for more than there is: returns because the stream ends.
    assert_eq!(next(&mut updates, 10).await, ["server -", "wall 0"]);
}

#[tokio::test]
async fn two_runs_share_no_id() {
    let seen = LastEventId::Id(Demo::new("none").publish("one".into()));
    let after = Demo::new("none");
    after.publish("other".into());
    assert_eq!(next(&mut after.updates(&seen), 3).await, ["server -", "wall 0", "post 1"]);
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
