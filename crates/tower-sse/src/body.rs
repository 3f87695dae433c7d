//! The body of an event stream.

use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, SizeHint};
use pin_project_lite::pin_project;
use sync_wrapper::SyncWrapper;
use tokio::task::coop;
use tokio::time::Instant;
use tower_sse_codec::{Encoded, Event};

use crate::frame::Frame;
use crate::keep_alive::SIGN_OF_LIFE;
use crate::timer::Timer;
use crate::{Item, KeepAlive, Sse, StreamError};

/// After how many bytes the host is made to write them, and to look after others. With the frame
/// that crosses it, a write is of 64 KiB: larger ones cost more, in the kernel, and in an allocator
/// that gives all their memory back each time.
const TURN: usize = 48 * 1024;

/// What sees the error that ended a stream, and may have a last event for the client.
pub(crate) type OnError<E> = SyncWrapper<Box<dyn FnOnce(E) -> Option<Event> + Send>>;

pin_project! {
    /// The body of an event stream: an [`http_body::Body`] made from a stream by [`Sse`].
    ///
    /// It is `Send` if the stream is, and `Sync` always. The work of one poll is bounded, and a
    /// frame is never empty. The stream is dropped as soon as it has ended.
    ///
    /// The default is an empty body.
    ///
    /// # Panics
    /// When it is polled outside a tokio runtime with its time driver, if a keep-alive (which is on
    /// by default) or a window is set.
    pub struct SseBody<S>
    where
        S: Stream,
        S::Item: Item,
    {
        #[pin]
        stream: Option<SyncWrapper<S>>,
        #[pin]
        timer: Timer,
        // What did not fit into the last frame; before the first, the head of the stream.
        left: Option<Bytes>,
        on_error: Option<OnError<StreamError<S>>>,
        keep_alive: Option<KeepAlive>,
        window: Duration,
        // When the last frame went out; none before the first.
        written: Option<Instant>,
        // The stream is not polled before `written + window`.
        resting: bool,
        // How many bytes were given since the host last had to wait.
        turn: usize,
        // The answer to HEAD: no bytes, and no length either, as the answer to GET has none.
        withheld: bool,
    }
}

impl<S> SseBody<S>
where
    S: Stream,
    S::Item: Item,
{
    pub(crate) fn new(sse: Sse<S>) -> Self {
        let retry = sse.retry.map(|retry| Event::default().with_retry(retry));
        let head = retry.filter(|event| sse.stream.is_some() && event.retry().is_some());
        Self {
            left: head.map(|event| Encoded::from(event).into_bytes()),
            stream: sse.stream.map(SyncWrapper::new),
            on_error: sse.on_error,
            keep_alive: sse.keep_alive,
            window: sse.window,
            ..Self::default()
        }
    }

    /// Drops the stream unpolled: what remains is the body of the answer to a HEAD request.
    pub(crate) fn withhold(self) -> Self {
        Self { withheld: !self.is_end_stream(), ..Self::default() }
    }
}

impl<S> Default for SseBody<S>
where
    S: Stream,
    S::Item: Item,
{
    fn default() -> Self {
        Self {
            stream: None,
            timer: Timer::default(),
            left: None,
            on_error: None,
            keep_alive: None,
            window: Duration::ZERO,
            written: None,
            resting: false,
            turn: 0,
            withheld: false,
        }
    }
}

impl<S> Body for SseBody<S>
where
    S: Stream,
    S::Item: Item,
{
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>> {
        let mut this = self.project();
        let turn = mem::take(this.turn);
        if *this.resting {
            let written = this.written.expect("a rest comes after a frame");
            ready!(this.timer.as_mut().poll_until(written + *this.window, cx));
            *this.resting = false;
        }

        if turn >= TURN {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let windowed = !this.window.is_zero();
        let busy = this.left.is_some() && this.written.is_some();
        let mut frame = Frame::new(this.left.take(), busy);
        let drained = fill(&mut frame, busy, this.stream.as_mut(), this.on_error, windowed, cx);
        let (bytes, left) = frame.finish();
        *this.left = left;
        let bytes = if let Some(bytes) = bytes {
            bytes
        } else if this.stream.is_none() {
            *this.withheld = false;
            return Poll::Ready(None);
        } else if let Some(written) = *this.written {
            let Some(keep_alive) = this.keep_alive else { return Poll::Pending };
            let Some(due) = keep_alive.due_after(written) else { return Poll::Pending };
            ready!(this.timer.poll_until(due, cx));
            keep_alive.sign()
        } else {
            SIGN_OF_LIFE
        };

        *this.turn = turn + bytes.len();
        *this.written = Some(Instant::now());
        *this.resting = drained && windowed;
        Poll::Ready(Some(Ok(http_body::Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_none() && self.left.is_none() && !self.withheld
    }

    /// Never exact: a host would make a length of 0 a header of a 204, which must not have one (RFC
    /// 9110, section 8.6).
    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// Takes from the stream what is ready, until the frame is full. Tells whether the stream has no
/// more for now, and `some`thing was there.
fn fill<S>(
    frame: &mut Frame,
    mut some: bool,
    mut stream: Pin<&mut Option<SyncWrapper<S>>>,
    on_error: &mut Option<OnError<StreamError<S>>>,
    windowed: bool,
    cx: &mut Context<'_>,
) -> bool
where
    S: Stream,
    S::Item: Item,
{
    while !frame.is_full() {
        let Some(polled) = stream.as_mut().as_pin_mut() else {
            return false;
        };
        // With a window, the timer is what wakes after a frame: the stream's waking would only
        // find the window closed.
        let mut asleep = Context::from_waker(Waker::noop());
        let cx = if some && windowed { &mut asleep } else { &mut *cx };
        match polled.get_pin_mut().poll_next(cx) {
            // A tokio channel says Pending as well when its task has had its share: it has more.
            Poll::Pending => return some && coop::has_budget_remaining(),
            Poll::Ready(Some(item)) => match item.into_block() {
                Ok(block) => frame.push(block),
                Err(error) => {
                    stream.set(None);
                    if let Some(last) = last_event(error, on_error.take()) {
                        frame.push(last);
                    }
                }
            },
            Poll::Ready(None) => stream.set(None),
        }
        some = true;
    }
    false
}

fn last_event<E>(error: E, on_error: Option<OnError<E>>) -> Option<Event>
where
    E: Into<crate::item::BoxError>,
{
    match on_error {
        Some(on_error) => on_error.into_inner()(error),
        None => {
            let error = error.into();
            tracing::warn!(error = &*error as &dyn std::error::Error, "event stream failed");
            None
        }
    }
}

impl<S> fmt::Debug for SseBody<S>
where
    S: Stream,
    S::Item: Item,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SseBody").field("ended", &self.is_end_stream()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
