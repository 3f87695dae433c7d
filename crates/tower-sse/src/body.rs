//! The body of an event stream.

use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Body, SizeHint};
use pin_project_lite::pin_project;
use sync_wrapper::SyncWrapper;
use tokio::time::Instant;
use tower_sse_codec::{Encoded, Event};

use crate::blocks::{Blocks, Joined, OnError};
use crate::compression::Settings;
use crate::compression::packer::Packer;
use crate::keep_alive::SIGN_OF_LIFE;
use crate::term::Term;
use crate::timer::Timer;
use crate::{Item, KeepAlive, Permit, Reason, Sse, StreamError};

/// After how many bytes the host is made to write them, and to look after others. With the frame
/// that crosses it, a write is of 64 KiB: larger ones cost more, in the kernel, and in an allocator
/// that gives all their memory back each time.
const TURN: usize = 48 * 1024;

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
    /// by default), a window or a lifetime is set.
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
        packer: Option<Box<Packer>>,
        term: Term,
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
        let mut body = Self {
            left: head.map(|event| Encoded::from(event).into_bytes()),
            stream: sse.stream.map(SyncWrapper::new),
            on_error: sse.on_error,
            keep_alive: sse.keep_alive,
            window: sse.window,
            term: Term::new(sse.finite, sse.lifetime),
            ..Self::default()
        };
        if let Some(permit) = sse.permit {
            body.hold(permit);
        }
        body
    }

    /// A body of one event, or none.
    pub(crate) fn of(event: Option<Event>) -> Self {
        Self { left: event.map(|event| Encoded::from(event).into_bytes()), ..Self::default() }
    }

    /// Holds a permit until it is dropped, unless it has one, or no stream to hold it for.
    pub(crate) fn hold(&mut self, permit: Permit) {
        if self.stream.is_none() {
            permit.settle(Reason::Finished);
        } else {
            self.term.hold(permit);
        }
    }

    /// Whether there is a stream that was not polled to its end.
    pub(crate) fn has_stream(&self) -> bool {
        self.stream.is_some()
    }

    /// The stream, if whatever it yields next is given as it is, and at once.
    pub(crate) fn plain_stream(&mut self) -> Option<&mut S>
    where
        S: Unpin,
    {
        let is_plain = self.left.is_none()
            && self.packer.is_none()
            && self.window.is_zero()
            && self.written.is_some();
        self.stream.as_mut().filter(|_| is_plain).map(SyncWrapper::get_mut)
    }

    /// Counts what was taken from the [stream](SseBody::plain_stream) and sent.
    pub(crate) fn sent(&mut self, events: usize, bytes: usize, now: Instant) {
        self.term.sent(events, bytes);
        self.written = Some(now);
    }

    /// Compresses all that it gives.
    pub(crate) fn compress(&mut self, settings: Settings) {
        self.packer = Some(Box::new(Packer::new(settings)));
    }

    /// Has the compressor fail.
    #[cfg(test)]
    #[allow(dead_code, reason = "it needs all compressors")]
    pub(crate) fn break_packer(self: Pin<&mut Self>) {
        self.project().packer.as_mut().expect("there is one").fail();
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
            packer: None,
            term: Term::default(),
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
        if this.stream.is_some() {
            if let Some(last) = this.term.poll_over(this.written.is_some(), cx) {
                this.stream.set(None);
                *this.resting = false;
                *this.left = join(this.left.take(), last);
            }
        }
        if *this.resting {
            let written = this.written.expect("a rest comes after a frame");
            ready!(this.timer.as_mut().poll_until(written + *this.window, cx));
            *this.resting = false;
        }

        if turn >= TURN {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let is_windowed = !this.window.is_zero();
        let _entered = this.term.enter();
        let mut stream =
            Blocks { stream: this.stream, on_error: this.on_error, term: this.term, events: 0 };
        let (left, is_busy) = (this.left, this.written.is_some());
        let ready = match this.packer {
            None => stream.frame(left, is_busy, is_windowed, cx),
            Some(_) => stream.packed(this.packer, left, is_windowed, cx),
        };
        let joined = if let Poll::Ready(joined) = ready {
            joined
        } else if this.timer.is_waiting(cx.waker()) {
            // A host asks again and again, and what is due never moves to an earlier time.
            return Poll::Pending;
        } else if let Some(written) = *this.written {
            let due = this.keep_alive.as_ref().and_then(|sign| sign.due_after(written));
            let Some(next) = due.into_iter().chain(this.term.expires()).min() else {
                return Poll::Pending;
            };
            ready!(this.timer.poll_until(next, cx));
            if this.term.expires() == Some(next) {
                // The next poll ends it.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            let sign = this.keep_alive.as_mut().expect("it is what was due").sign();
            stream.alone(this.packer, sign)
        } else {
            stream.alone(this.packer, SIGN_OF_LIFE)
        };
        let Some(Joined { bytes, weight, rests }) = joined else {
            *this.withheld = false;
            return Poll::Ready(None);
        };
        *this.resting = rests && is_windowed;
        let events = stream.events;

        this.term.sent(events, bytes.len());
        *this.turn = turn + weight;
        *this.written = Some(Instant::now());
        Poll::Ready(Some(Ok(http_body::Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        let is_over = self.stream.is_none() && self.left.is_none() && self.packer.is_none();
        is_over && !self.withheld
    }

    /// Never exact: a host would make a length of 0 a header of a 204, which must not have one (RFC
    /// 9110, section 8.6).
    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// What was taken from the stream and did not fit, and what is said after it.
fn join(left: Option<Bytes>, last: Option<Event>) -> Option<Bytes> {
    let Some(last) = last else { return left };
    let mut joined = BytesMut::from(left.unwrap_or_default());
    last.encode(&mut joined);
    Some(joined.freeze())
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
