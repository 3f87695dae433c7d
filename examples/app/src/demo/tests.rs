use std::sync::Arc;
use std::thread;

use futures_util::FutureExt;
use http::Request;
use tokio::time::Instant;
use tower::ServiceExt;
use tower_sse::{Event, EventName, Reason, SseBody};
use tower_sse_client::testing::{self, Events};

use super::*;

/// Too short for a sign of life.
const SILENCE: Duration = Duration::from_secs(14);

/// What a browser gets that saw this id last, after the head that all of them get.
async fn open(demo: &Demo, seen: Option<&str>) -> Events<SseBody<Updates>> {
    let mut request = Request::new(());
    if let Some(id) = seen {
        let id = HeaderValue::from_str(id).expect("a header value");
        request.headers_mut().insert("last-event-id", id);
    }
    let response = demo.events().oneshot(request).await.expect("the service is infallible");
    let mut events = testing::events(response);
    assert_eq!(events.next().await, Event::default().with_retry(RETRY));
    assert_eq!(events.next().await.event_type(), "server");
    events
}

/// The next events are these, each as its name and what it says.
async fn check(events: &mut Events<SseBody<Updates>>, expected: &[&str]) {
    for expected in expected {
        let event = events.next().await;
        let said = match event.event_type() {
            "post" => text(&event),
            "gap" | "resumed" => event.data().expect("data"),
            _ => "",
        };
        assert_eq!(format!("{} {said}", event.event_type()).trim_end(), *expected);
    }
}

/// What stands in a post, behind all else that is told of it.
fn text(post: &Event) -> &str {
    let (_, text) = post.data().and_then(|data| data.split_once(r#""text":""#)).expect("a text");
    text.trim_end_matches(r#""}"#)
}

fn put_up(demo: &Demo, text: &str) -> String {
    let put_up = demo.put_up(text.to_owned()).now_or_never();
    put_up.expect("without a log it is there at once").1
}

/// What the sampler publishes, but for the numbers.
fn tell_numbers(demo: &Demo) {
    let numbers = Event::new("").with_name(EventName::from_static("machine"));
    demo.hub.publish_now("machine", numbers).expect("it has no id and is not large");
}

#[tokio::test(start_paused = true)]
async fn a_post_reaches_every_open_stream_once() {
    let demo = Demo::new("none");
    put_up(&demo, "before");
    let mut streams = [open(&demo, None).await, open(&demo, None).await];
    put_up(&demo, "after");
    for stream in &mut streams {
        check(stream, &["wall", "post before", "post after"]).await;
        stream.quiet(SILENCE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_post_comes_with_its_id() {
    let demo = Demo::new("none");
    let mut events = open(&demo, None).await;
    check(&mut events, &["wall"]).await;
    let id = put_up(&demo, "hello");
    check(&mut events, &["post hello"]).await;
    assert_eq!(events.last_event_id(), id);
}

#[tokio::test(start_paused = true)]
async fn who_comes_new_gets_the_last_posts_and_no_old_numbers() {
    for (posts, shown) in [(0, 0), (3, 3), (SHOWN, SHOWN), (SHOWN + 1, SHOWN), (KEPT + 7, SHOWN)] {
        let demo = Demo::new("none");
        for number in 0..posts {
            put_up(&demo, &number.to_string());
            tell_numbers(&demo);
        }
        let mut events = open(&demo, None).await;
        check(&mut events, &["wall"]).await;
        for number in posts - shown..posts {
            check(&mut events, &[&format!("post {number}")]).await;
        }
        events.quiet(SILENCE).await;
        tell_numbers(&demo);
        check(&mut events, &["machine"]).await;
    }
}

#[tokio::test]
async fn who_comes_new_while_others_post_misses_none_and_gets_none_twice() {
    let demo = Demo::new("none");
    let empty = demo.hub.head();
    let (others, stop) = (demo.clone(), Arc::new(()));
    let goes_on = Arc::downgrade(&stop);
    let others = thread::spawn(move || {
        let numbers = (1..).take_while(|_| goes_on.strong_count() > 0);
        numbers.for_each(|number: u32| drop(put_up(&others, &number.to_string())));
    });
    while demo.hub.head() == empty {
        thread::yield_now();
    }
    for _ in 0..500 {
        let mut all = demo.after(LastEventId::Absent);
        let mut last = None;
        for _ in 0..5 {
            // None when so many are posted in between that it has lost its place.
            let Some(posts) = all.next().await else { break };
            for number in numbers(&posts) {
                assert!(last.is_none_or(|last| number == last + 1), "{number} after {last:?}");
                last = Some(number);
            }
        }
    }
    drop(stop);
    others.join().expect("nothing panics");
}

/// The numbers that are the texts of posts.
fn numbers(posts: &Encoded) -> impl Iterator<Item = u32> {
    let wire = str::from_utf8(posts.bytes()).expect("text");
    let texts = wire.split("\n\n").filter_map(|post| post.split_once(r#""text":""#));
    texts.map(|(_, text)| text.trim_end_matches(r#""}"#).parse().expect("a number"))
}

#[tokio::test(start_paused = true)]
async fn who_comes_back_gets_exactly_what_was_missed() {
    let demo = Demo::new("none");
    put_up(&demo, "one");
    let seen = put_up(&demo, "two");
    put_up(&demo, "three");
    tell_numbers(&demo);
    let mut events = open(&demo, Some(&seen)).await;
    put_up(&demo, "four");
    check(&mut events, &[r#"resumed {"replayed":2}"#, "post three", "machine", "post four"]).await;
    events.quiet(SILENCE).await;
}

#[tokio::test(start_paused = true)]
async fn who_breaks_off_while_the_wall_is_shown_goes_on_there() {
    let demo = Demo::new("none");
    let seen = put_up(&demo, "one");
    tell_numbers(&demo);
    put_up(&demo, "two");
    let mut events = open(&demo, None).await;
    check(&mut events, &["wall", "post one"]).await;
    assert_eq!(events.last_event_id(), seen);
    drop(events);
    let mut events = open(&demo, Some(&seen)).await;
    check(&mut events, &[r#"resumed {"replayed":2}"#, "machine", "post two"]).await;
}

#[tokio::test(start_paused = true)]
async fn who_comes_from_another_run_is_told_and_gets_all_that_is_kept() {
    let gap = r#"gap {"reason":"foreign","topics":["wall","machine","traffic"],"from":"oldest"}"#;
    let before = put_up(&Demo::new("none"), "before");
    for seen in [&before, "what we never say"] {
        let demo = Demo::new("none");
        put_up(&demo, "one");
        check(&mut open(&demo, Some(seen)).await, &[gap, "post one"]).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_was_away_for_too_long_is_told_what_is_missing() {
    let gap = |topic| format!(r#"gap {{"reason":"trimmed","topics":["{topic}"],"from":"oldest"}}"#);
    let demo = Demo::new("none");
    let seen = put_up(&demo, "one");
    for _ in 0..=KEPT {
        tell_numbers(&demo);
    }
    put_up(&demo, "two");
    let mut events = open(&demo, Some(&seen)).await;
    check(&mut events, &[&gap("machine"), "machine"]).await;

    let seen = put_up(&demo, "three");
    for number in 0..=KEPT {
        put_up(&demo, &number.to_string());
    }
    check(&mut open(&demo, Some(&seen)).await, &[&gap("wall"), "post 1", "post 2"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_too_far_behind_ends() {
    let demo = Demo::new("none");
    let mut events = open(&demo, None).await;
    for _ in 0..=KEPT {
        put_up(&demo, "spam");
    }
    check(&mut events, &["wall"]).await;
    events.end().await;
    drop(events);
    assert_eq!(demo.streams.stats().ended(Reason::Lagged), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_kept_alive_when_nothing_happens() {
    let demo = Demo::new("none");
    let mut events = open(&demo, None).await;
    check(&mut events, &["wall"]).await;
    let start = Instant::now();
    let place = events.next().await;
    assert_eq!(place, Event::default().with_id(demo.hub.head()));
    assert_eq!(start.elapsed().as_secs(), 15);
    for seconds in [30, 45] {
        assert_eq!(events.comment().await, "");
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test(start_paused = true)]
async fn machine_and_traffic_are_shown_once_a_second_while_somebody_listens() {
    let demo = Demo::new("none");
    tokio::spawn(demo.sample().expect("a machine"));
    tokio::time::sleep(60 * SAMPLE_EVERY).await;
    let nothing = demo.hub.head();

    let mut events = open(&demo, None).await;
    assert_eq!(demo.hub.head(), nothing, "nobody has listened until now");
    check(&mut events, &["wall"]).await;
    let start = Instant::now();
    for seconds in 0..3 {
        check(&mut events, &["machine", "traffic"]).await;
        assert_eq!(start.elapsed().as_secs(), seconds);
    }
}

#[tokio::test]
async fn the_sender_is_told_the_id_or_the_reason() {
    let demo = Demo::new("none");
    let body = |text: &'static [u8]| stream::iter([Ok::<_, ()>(text)]);
    let posted = demo.post(body(b"hello")).await;
    assert_eq!(posted.status(), StatusCode::CREATED);
    assert_eq!(posted.body(), demo.hub.head().as_str());
    let refused = demo.post(body(b" ")).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert_eq!(refused.body(), "the text is blank");
}
