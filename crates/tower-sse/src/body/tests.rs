use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::stream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::advance;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

type Channel<T = Event> = (UnboundedSender<T>, Pin<Box<SseBody<UnboundedReceiverStream<T>>>>);

/// A body whose events the test sends.
fn channel<T: Item>(
    settings: impl FnOnce(Sse<UnboundedReceiverStream<T>>) -> Sse<UnboundedReceiverStream<T>>,
) -> Channel<T> {
    let (sender, receiver) = unbounded_channel();
    let sse = settings(Sse::new(UnboundedReceiverStream::new(receiver)));
    (sender, Box::pin(sse.into_body()))
}

/// What one poll gives: the text of a frame, "" at the end, or none when nothing is ready.
async fn poll<S>(body: &mut Pin<Box<SseBody<S>>>) -> Option<String>
where
    S: Stream,
    S::Item: Item,
{
    poll_fn(|cx| {
        Poll::Ready(match body.as_mut().poll_frame(cx) {
            Poll::Pending => None,
            Poll::Ready(None) => Some(String::new()),
            Poll::Ready(Some(Ok(frame))) => {
                let bytes = frame.into_data().expect("a data frame");
                assert!(!bytes.is_empty(), "a frame is never empty");
                Some(String::from_utf8(bytes.to_vec()).expect("UTF-8"))
            }
        })
    })
    .await
}

/// The next frame, however long it takes on the paused clock.
async fn next<S>(body: &mut Pin<Box<SseBody<S>>>) -> String
where
    S: Stream,
    S::Item: Item,
{
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await;
    let bytes = frame.expect("a frame").expect("no error").into_data().expect("a data frame");
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[tokio::test(start_paused = true)]
async fn shows_life_at_once_when_nothing_is_ready() {
    let (_sender, mut body) = channel::<Event>(|sse| sse);
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    assert_eq!(poll(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn needs_no_sign_of_life_when_something_is_ready() {
    let (sender, mut body) = channel(|sse| sse);
    sender.send(Event::new("a")).expect("open");
    sender.send(Event::new("b")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: a\n\ndata: b\n\n"));
    assert_eq!(poll(&mut body).await, None);

    let (_sender, mut body) = channel::<Event>(|sse| sse.with_retry(2 * SECOND));
    assert_eq!(poll(&mut body).await, some("retry: 2000\n\n"));
    assert_eq!(poll(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn an_empty_stream_ends_without_a_byte() {
    let mut body = Box::pin(Sse::new(stream::empty::<Event>()).into_body());
    assert!(!body.is_end_stream(), "not known before the first poll");
    assert_eq!(poll(&mut body).await, some(""));
    assert!(body.is_end_stream());
    assert_eq!(poll(&mut body).await, some(""));
}

#[tokio::test(start_paused = true)]
async fn knows_its_end_with_the_last_frame() {
    let mut body = Box::pin(Sse::new(stream::iter([Event::new("a")])).into_body());
    assert_eq!(poll(&mut body).await, some("data: a\n\n"));
    assert!(body.is_end_stream());
}

#[tokio::test(start_paused = true)]
async fn keep_alive_counts_from_the_last_byte() {
    let (sender, mut body) = channel(|sse| sse.with_keep_alive(KeepAlive::every(10 * SECOND)));
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    let started = Instant::now();
    assert_eq!(poll(&mut body).await, None);

    advance(9 * SECOND).await;
    sender.send(Event::new("a")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: a\n\n"));
    assert_eq!(poll(&mut body).await, None);

    advance(9 * SECOND).await;
    assert_eq!(poll(&mut body).await, None, "9 seconds after the event");
    assert_eq!(next(&mut body).await, ":\n\n");
    assert_eq!(started.elapsed().as_secs(), 19);
    assert_eq!(next(&mut body).await, ":\n\n");
    assert_eq!(started.elapsed().as_secs(), 29);
}

#[tokio::test(start_paused = true)]
async fn keep_alive_fires_once_after_a_stall() {
    let (sender, mut body) = channel(|sse| sse.with_keep_alive(KeepAlive::every(SECOND)));
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    assert_eq!(poll(&mut body).await, None);

    advance(100 * SECOND).await;
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    assert_eq!(poll(&mut body).await, None);

    advance(100 * SECOND).await;
    sender.send(Event::new("a")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: a\n\n"), "bytes are as good as a comment");
    assert_eq!(poll(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn keep_alive_may_be_a_comment_an_event_or_asked_for() {
    async fn check(keep_alive: KeepAlive, expected: &[&str]) {
        let (_sender, mut body) = channel::<Event>(|sse| sse.with_keep_alive(keep_alive));
        assert_eq!(poll(&mut body).await, some(":\n\n"));
        for expected in expected {
            assert_eq!(next(&mut body).await, *expected);
        }
    }
    check(KeepAlive::default().with_comment("a\rb"), &[": a\n: b\n\n"]).await;
    check(KeepAlive::default().with_event(Event::new("ping")), &["data: ping\n\n"]).await;
    let mut count = 0;
    let counted = move || {
        count += 1;
        Event::new(count.to_string())
    };
    check(KeepAlive::default().with_fn(counted), &["data: 1\n\n", "data: 2\n\n"]).await;
}

#[tokio::test(start_paused = true)]
async fn no_keep_alive_is_sent_that_is_off_or_beyond_time() {
    async fn check(
        settings: impl FnOnce(
            Sse<UnboundedReceiverStream<Event>>,
        ) -> Sse<UnboundedReceiverStream<Event>>,
    ) {
        let (sender, mut body) = channel(settings);
        assert_eq!(poll(&mut body).await, some(":\n\n"));
        assert_eq!(poll(&mut body).await, None);
        advance(1_000_000 * SECOND).await;
        assert_eq!(poll(&mut body).await, None);
        sender.send(Event::new("a")).expect("open");
        assert_eq!(poll(&mut body).await, some("data: a\n\n"));
    }
    check(Sse::without_keep_alive).await;
    check(|sse| sse.with_keep_alive(KeepAlive::every(Duration::ZERO))).await;
    check(|sse| sse.with_keep_alive(KeepAlive::every(Duration::MAX))).await;
}

#[tokio::test(start_paused = true)]
async fn a_window_serves_a_burst_at_once_and_delays_no_lone_event() {
    let (sender, mut body) = channel(|sse| sse.with_window(SECOND));
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    assert_eq!(poll(&mut body).await, None);

    sender.send(Event::new("lone")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: lone\n\n"), "a sign of life opens no window");

    sender.send(Event::new("a")).expect("open");
    assert_eq!(poll(&mut body).await, None, "the window is closed");
    advance(SECOND / 2).await;
    sender.send(Event::new("b")).expect("open");
    assert_eq!(poll(&mut body).await, None, "the window is closed");
    let started = Instant::now();
    assert_eq!(next(&mut body).await, "data: a\n\ndata: b\n\n");
    assert_eq!(started.elapsed().as_millis().div_ceil(10), 50);

    advance(2 * SECOND).await;
    sender.send(Event::new("late")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: late\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_more_than_a_frame_does_not_rest() {
    let events = stream::iter((0..1000).map(|_| Event::new("x".repeat(92))));
    let mut body = Box::pin(Sse::new(events).with_window(SECOND).into_body());
    let started = Instant::now();
    let mut len = 0;
    while !body.is_end_stream() {
        let frame = next(&mut body).await;
        assert!(frame.len() <= 16 * 1024);
        len += frame.len();
    }
    assert_eq!(len, 100_000);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_channel_with_more_than_its_share_does_not_rest() {
    let (sender, mut body) = channel(|sse| sse.with_window(SECOND));
    for _ in 0..1000 {
        sender.send(Event::new("x")).expect("open");
    }
    let started = Instant::now();
    let mut len = 0;
    while len < 1000 * "data: x\n\n".len() {
        len += next(&mut body).await.len();
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_rest_follows_a_frame_of_what_was_left() {
    let (sender, mut body) = channel(|sse| sse.with_window(SECOND));
    for _ in 0..17 {
        sender.send(Event::new("x".repeat(992))).expect("open");
    }
    assert_eq!(next(&mut body).await.len(), 16_000);
    assert_eq!(next(&mut body).await.len(), 1_000);
    sender.send(Event::new("late")).expect("open");
    assert_eq!(poll(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_retry_of_no_time_is_no_head() {
    let (_sender, mut body) = channel::<Event>(|sse| sse.with_retry(Duration::from_nanos(1)));
    assert_eq!(poll(&mut body).await, some(":\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_retry_at_the_head_opens_no_window() {
    let (sender, mut body) = channel(|sse| sse.with_retry(SECOND).with_window(SECOND));
    assert_eq!(poll(&mut body).await, some("retry: 1000\n\n"));
    sender.send(Event::new("a")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: a\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_always_ready_gives_way() {
    let events = stream::repeat_with(|| Event::new("x".repeat(1000)));
    let mut body = Box::pin(Sse::new(events).into_body());
    for _ in 0..3 {
        let mut turn = 0;
        while let Some(frame) = poll(&mut body).await {
            turn += frame.len();
            assert!(turn < TURN + 16 * 1024);
        }
        assert!(turn >= TURN);
    }
}

#[tokio::test(start_paused = true)]
async fn a_window_costs_one_wake_for_many_events() {
    struct Wakes(AtomicUsize);
    impl std::task::Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let (sender, mut body) = channel(|sse| sse.with_window(SECOND));
    let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
    let waker = Waker::from(wakes.clone());
    let mut cx = Context::from_waker(&waker);
    sender.send(Event::new("a")).expect("open");
    assert!(body.as_mut().poll_frame(&mut cx).is_ready());
    assert!(body.as_mut().poll_frame(&mut cx).is_pending());
    for _ in 0..10 {
        sender.send(Event::new("b")).expect("open");
    }
    assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
    advance(2 * SECOND).await;
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
    assert!(body.as_mut().poll_frame(&mut cx).is_ready());
}

#[tokio::test(start_paused = true)]
async fn an_error_ends_the_stream_after_a_last_event() {
    let events = || stream::iter([Ok(Event::new("a")), Err("secret"), Ok(Event::new("never"))]);

    let mut body = Box::pin(Sse::new(events()).into_body());
    assert_eq!(poll(&mut body).await, some("data: a\n\n"));
    assert_eq!(poll(&mut body).await, some(""));

    let (seen, see) = std::sync::mpsc::channel();
    let sse = Sse::new(events()).on_error(move |error| {
        seen.send(error).expect("open");
        Some(Event::new("sorry"))
    });
    let mut body = Box::pin(sse.into_body());
    assert_eq!(poll(&mut body).await, some("data: a\n\ndata: sorry\n\n"));
    assert!(body.is_end_stream());
    assert_eq!(see.try_recv(), Ok("secret"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_dropped_as_soon_as_it_has_ended() {
    struct Held(Rc<Cell<bool>>);
    impl Drop for Held {
        fn drop(&mut self) {
            self.0.set(true);
        }
    }
    let dropped = Rc::new(Cell::new(false));
    let held = Held(dropped.clone());
    let events = stream::unfold((held, 0), |(held, n)| async move {
        (n < 3).then(|| (Event::new("x".repeat(10_000)), (held, n + 1)))
    });
    let mut body = Box::pin(Sse::new(events).into_body());
    for _ in 0..3 {
        assert_eq!(poll(&mut body).await.map(|frame| frame.len()), Some(10_008));
    }
    assert_eq!(poll(&mut body).await, some(""));
    assert!(dropped.get());
}

#[tokio::test(start_paused = true)]
async fn a_lone_shared_event_is_not_copied() {
    let (sender, mut body) = channel(|sse| sse);
    let encoded = Encoded::from(Event::new("a"));
    sender.send(encoded.clone()).expect("open");
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await.expect("a frame");
    let bytes = frame.expect("no error").into_data().expect("a data frame");
    assert_eq!(bytes.as_ptr(), encoded.bytes().as_ptr());
}

#[test]
fn an_empty_body_is_known_to_have_ended_but_has_no_length() {
    for body in [SseBody::<stream::Empty<Event>>::default(), Sse::no_content().into_body()] {
        assert!(body.is_end_stream());
        assert_eq!(body.size_hint().exact(), None);
    }
}

#[test]
fn is_sync_and_asks_for_no_more_than_send() {
    fn check<T: Send + Sync>(_: T) {}
    let only_send = stream::unfold(Cell::new(0), |n| async { Some((Event::new("a"), n)) });
    check(Sse::new(only_send).on_error(|never| match never {}).into_body());
    let errors = stream::iter([Err::<Event, _>(String::new())]);
    let only_send = Cell::new(0);
    check(
        Sse::new(errors)
            .on_error(move |_| Some(Event::new(only_send.get().to_string())))
            .into_body(),
    );
}
