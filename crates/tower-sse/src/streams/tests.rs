use std::convert::Infallible;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;

use bytes::{Bytes, BytesMut};
use futures_util::FutureExt;
use futures_util::stream::{self, BoxStream, StreamExt};
use http::Request;
use http_body::Body;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::time::advance;
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::*;
use crate::{Cause, Event, KeepAlive, Lagged, Sse};

mod drain;
mod limits;
mod reasons;
mod traces;

const SECOND: Duration = Duration::from_secs(1);

type Item = Result<Event, Box<dyn std::error::Error + Send + Sync>>;
type Events = BoxStream<'static, Item>;
type Open = Pin<Box<dyn Body<Data = Bytes, Error = Infallible> + Send>>;

/// A request as an `EventSource` makes it, for this user.
fn request(user: &str) -> Parts {
    let request = Request::get("/").header("accept", "text/event-stream").header("user", user);
    request.body(()).expect("a request").into_parts().0
}

/// A registry of streams by user.
fn by_user() -> Builder {
    Streams::builder().with_key(|request: &Parts| {
        let user = request.headers.get("user")?.to_str().ok()?;
        (!user.is_empty()).then(|| user.to_owned())
    })
}

/// An endless stream, the head of which has been read.
async fn open(streams: &Streams, user: &str) -> Open {
    open_with(streams, user, Sse::new(stream::pending().boxed())).await
}

async fn open_with(streams: &Streams, user: &str, sse: Sse<Events>) -> Open {
    let permit = streams.admit(&request(user)).expect("there is room");
    let mut body: Open = Box::pin(sse.without_keep_alive().with_permit(permit).into_body());
    assert_eq!(next(&mut body).now_or_never(), Some(Some(":\n\n".to_owned())));
    body
}

/// The next frame, or none at the end.
async fn next(body: &mut Open) -> Option<String> {
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await?;
    let bytes = frame.expect("no error").into_data().expect("a data frame");
    Some(String::from_utf8(bytes.to_vec()).expect("UTF-8"))
}

/// Reads to the end in a task of its own: what was read, and when it ended.
fn read(mut body: Open) -> tokio::task::JoinHandle<(String, Instant)> {
    tokio::spawn(async move {
        let mut all = String::new();
        while let Some(frame) = next(&mut body).await {
            all += &frame;
        }
        (all, Instant::now())
    })
}

/// Panics without a word in the output, where it would look like a failure.
fn wanted_panic() -> ! {
    std::panic::resume_unwind(Box::new("wanted"))
}

fn channel() -> (UnboundedSender<Item>, Events) {
    let (sender, receiver) = unbounded_channel();
    (sender, UnboundedReceiverStream::new(receiver).boxed())
}

/// The milliseconds in `retry: n`, which is all that was read.
fn retry(text: &str) -> u64 {
    let ms = text.strip_prefix("retry: ").and_then(|rest| rest.strip_suffix("\n\n"));
    ms.and_then(|ms| ms.parse().ok()).unwrap_or_else(|| panic!("a retry, not {text:?}"))
}

#[tokio::test(start_paused = true)]
async fn knows_what_is_open_and_whose_it_is() {
    let streams = by_user().build();
    let (sender, events) = channel();
    let mut ann = open_with(&streams, "ann", Sse::new(events)).await;
    advance(SECOND).await;
    let (second, _bob, _nobody) =
        (open(&streams, "ann").await, open(&streams, "bob").await, open(&streams, "").await);
    assert_eq!((streams.open(), streams.open_of("ann"), streams.open_of("eve")), (4, 2, 0));

    sender.send(Ok(Event::new("a"))).expect("open");
    sender.send(Ok(Event::new("b"))).expect("open");
    assert_eq!(next(&mut ann).await.as_deref(), Some("data: a\n\ndata: b\n\n"));
    let of_ann = streams.of("ann");
    assert_eq!(of_ann[0].key(), Some(&Key::from("ann")));
    assert_eq!(of_ann.iter().map(OpenStream::age).collect::<Vec<_>>(), [SECOND, Duration::ZERO]);
    assert_eq!(of_ann.iter().map(OpenStream::events).collect::<Vec<_>>(), [2, 0]);
    assert_eq!(of_ann.iter().map(OpenStream::bytes).collect::<Vec<_>>(), [21, 3]);

    drop((ann, second));
    assert_eq!((streams.open(), streams.open_of("ann"), streams.of("ann").len()), (2, 0, 0));
    let stats = streams.stats();
    assert_eq!((stats.open, stats.opened, stats.events, stats.bytes), (2, 4, 2, 30));
    assert_eq!(stats.ended(Reason::ClientGone), 2);
}

#[tokio::test(start_paused = true)]
async fn ends_one_all_of_a_key_and_all() {
    let streams = by_user().build();
    let mut tasks = Vec::new();
    for user in ["ann", "ann", "bob", "eve"] {
        tasks.push(read(open(&streams, user).await));
    }
    tokio::task::yield_now().await;
    streams.of("bob")[0].end();
    assert_eq!(tasks.remove(2).await.expect("no panic").0, "");
    assert_eq!(streams.end_of("ann"), 2);
    assert_eq!(streams.end_of("ann"), 0, "they are told already");
    assert_eq!(streams.end_all(), 1);
    for task in tasks {
        assert_eq!(task.await.expect("no panic").0, "");
    }
    assert_eq!(streams.stats().ended(Reason::Ended), 4);
    assert_eq!(streams.open(), 0);
}

#[tokio::test(start_paused = true)]
async fn nothing_that_was_taken_is_lost_at_the_end() {
    let streams = Streams::new();
    let events = stream::iter((0..9).map(|n| Item::Ok(Event::new(n.to_string().repeat(6_000)))));
    let events = events.chain(stream::pending()).boxed();
    let permit = streams.admit(&request("")).expect("there is room");
    let mut body: Open = Box::pin(Sse::new(events).with_permit(permit).into_body());
    assert_eq!(next(&mut body).await.map(|frame| frame.len()), Some(2 * 6_008));
    assert_eq!(streams.all()[0].events(), 3, "the third is taken and does not fit");
    streams.end_all();
    assert_eq!(
        next(&mut body).await.as_deref(),
        Some(&*format!("data: {}\n\n", "2".repeat(6_000)))
    );
    assert_eq!(next(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_service_counts_its_streams_and_asks_no_further_when_it_refuses() {
    use tower::ServiceExt as _;

    let streams = Streams::builder().with_max_open(1).build();
    let asked = Arc::new(Mutex::new(0));
    let service = {
        let asked = Arc::clone(&asked);
        crate::service_fn(move |_| {
            *asked.lock().expect("no panic") += 1;
            async { Sse::new(stream::pending::<Event>()) }
        })
    };
    let service = service.with_streams(&streams);
    let ask = |method: &str| {
        let request = Request::builder().method(method).body(()).expect("a request");
        service.clone().oneshot(request).map(|answer| answer.expect("infallible"))
    };
    let first = ask("GET").await;
    assert_eq!((streams.open(), first.status()), (1, http::StatusCode::OK));
    let refused = ask("GET").await;
    assert_eq!(refused.headers(), first.headers());
    let text = http_body_util::BodyExt::collect(refused.into_body()).await.expect("infallible");
    retry(std::str::from_utf8(&text.to_bytes()).expect("UTF-8"));
    assert_eq!(*asked.lock().expect("no panic"), 1);

    let head = ask("HEAD").await;
    assert_eq!((head.status(), ask("POST").await.status().as_u16()), (http::StatusCode::OK, 405));
    assert_eq!(*asked.lock().expect("no panic"), 2);
    drop(first);
    assert_eq!(ask("GET").await.status(), 200);
    assert_eq!((streams.open(), streams.stats().refused(Cause::Full)), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn an_answer_without_a_stream_holds_nothing() {
    use tower::ServiceExt as _;

    let streams = Streams::new();
    let forbidden = crate::service_fn(|_| async {
        Err::<Sse<stream::Empty<Event>>, _>(http::StatusCode::FORBIDDEN)
    });
    let request = Request::new(());
    let answer = forbidden.with_streams(&streams).oneshot(request).await.expect("infallible");
    assert_eq!((answer.status().as_u16(), streams.open()), (403, 0));
    assert_eq!(streams.stats().ended(Reason::Finished), 1);
}
