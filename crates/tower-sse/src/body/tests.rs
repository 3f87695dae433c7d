use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::stream;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::advance;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::*;

mod keep_alive;
mod window;

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
async fn a_retry_of_no_time_is_no_head() {
    let (_sender, mut body) = channel::<Event>(|sse| sse.with_retry(Duration::from_nanos(1)));
    assert_eq!(poll(&mut body).await, some(":\n\n"));
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
