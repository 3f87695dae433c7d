//! The streams that cases serve, and what they show of what was done to them.

use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::{mpsc, oneshot};
use tokio_stream::wrappers::UnboundedReceiverStream;
use tower_sse::{Event, Item, KeepAlive, Sse, Streams};

use crate::scenarios::{Answer, Asked, Boxed, Fallible};

/// An event with this data.
pub(crate) fn event(data: impl Into<String>) -> Event {
    Event::new(data.into())
}

/// A stream of events that never fail.
pub(crate) fn events(
    events: impl IntoIterator<Item = Event, IntoIter: Send + 'static>,
) -> Boxed<Fallible> {
    stream::iter(events).map(Ok).boxed()
}

/// A stream in which nothing ever happens.
pub(crate) fn pending() -> Boxed<Fallible> {
    stream::pending().boxed()
}

/// A stream that yields what is sent to it.
pub(crate) fn channel<I: Send + 'static>() -> (mpsc::UnboundedSender<I>, Boxed<I>) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (sender, UnboundedReceiverStream::new(receiver).boxed())
}

/// A scenario that can be played once.
pub(crate) fn once<I, A>(answer: Answer<I>) -> impl Fn(A) -> Answer<I> + Send + Sync
where
    I: Item + Send + 'static,
{
    let answer = Mutex::new(Some(answer));
    move |_| answer.lock().expect("it is only taken").take().expect("it is played once")
}

/// A scenario whose streams are let in by this registry.
pub(crate) fn admitted<S, F>(
    streams: &Streams,
    stream: F,
) -> impl Fn(Asked) -> Sse<S> + Send + Sync + use<S, F>
where
    S: Stream<Item: Item>,
    F: Fn() -> Sse<S> + Send + Sync,
{
    let streams = streams.clone();
    move |asked| match streams.admit(&asked.head) {
        Ok(permit) => stream().with_permit(permit),
        Err(refusal) => Sse::refused(refusal),
    }
}

/// What is seen of a stream from outside.
pub(crate) struct Watch {
    polls: Arc<AtomicUsize>,
    dropped: oneshot::Receiver<()>,
}

/// A stream that is watched.
pub(crate) fn watched<I: 'static>(stream: Boxed<I>) -> (Watch, Boxed<I>) {
    let polls = Arc::new(AtomicUsize::new(0));
    let (alive, dropped) = oneshot::channel();
    let watch = Watch { polls: Arc::clone(&polls), dropped };
    (watch, Watched { stream, polls, _alive: alive }.boxed())
}

impl Watch {
    /// How often the stream has been polled.
    pub(crate) fn polls(&self) -> usize {
        self.polls.load(SeqCst)
    }

    /// Resolves when the stream has been dropped.
    pub(crate) async fn dropped(&mut self) {
        let _ = (&mut self.dropped).await;
    }
}

struct Watched<I> {
    stream: Boxed<I>,
    polls: Arc<AtomicUsize>,
    _alive: oneshot::Sender<()>,
}

impl<I> Stream for Watched<I> {
    type Item = I;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<I>> {
        self.polls.fetch_add(1, SeqCst);
        self.stream.poll_next_unpin(cx)
    }
}

/// A list of moments, written by the server's thread.
#[derive(Clone, Default)]
pub(crate) struct Moments(Arc<Mutex<Vec<Instant>>>);

impl Moments {
    pub(crate) fn note(&self) {
        self.0.lock().expect("it is only pushed to").push(Instant::now());
    }

    pub(crate) fn all(&self) -> Vec<Instant> {
        self.0.lock().expect("it is only pushed to").clone()
    }

    /// A keep-alive that notes when it fires.
    pub(crate) fn keep_alive(&self, interval: Duration) -> KeepAlive {
        let moments = self.clone();
        KeepAlive::every(interval).with_fn(move || {
            moments.note();
            Event::default().with_comment("beat")
        })
    }
}

/// Yields `0`, then one number more after each `step`, and then stays silent; `yielded` notes when.
///
/// The times are those of the stream's own clock: when the machine stalls, more of them are due.
pub(crate) fn paced(count: u32, step: Duration, yielded: Moments) -> Boxed<Fallible> {
    let numbers = stream::unfold((0, None), move |(n, start)| {
        let yielded = yielded.clone();
        async move {
            let start = start.unwrap_or_else(Instant::now);
            let due = start + n * step;
            if due > Instant::now() {
                tokio::time::sleep_until(due.into()).await;
            }
            yielded.note();
            Some((Ok(event(n.to_string())), (n + 1, Some(start))))
        }
    });
    numbers.take(count as usize).chain(stream::pending()).boxed()
}

/// The panic of streams that are to panic.
pub(crate) struct Wanted;

/// Keeps wanted panics out of the output, where they would look like a failure.
pub(crate) fn silence_wanted_panics() {
    let report = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        if !panic.payload().is::<Wanted>() {
            report(panic);
        }
    }));
}
