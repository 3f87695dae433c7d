//! The body of an event stream.

use std::convert::Infallible;
use std::fmt;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http_body::{Body, SizeHint};
use pin_project_lite::pin_project;
use sync_wrapper::SyncWrapper;
use tokio::time::Instant;
use tower_sse_codec::{Encoded, Event};

use crate::blocks::{Blocks, Joined};
use crate::compression::Settings;
use crate::compression::packer::Packer;
use crate::extras::Extras;
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
        timer: Timer,
        keep_alive: Option<KeepAlive>,
        // When the last frame went out; none before the first.
        written: Option<Instant>,
        // How many bytes were given since the host last had to wait.
        turn: usize,
        // None for most, most of the time.
        extras: Option<Box<Extras<StreamError<S>>>>,
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
        let extras = Extras {
            left: head.map(|event| Encoded::from(event).into_bytes()),
            on_error: sse.on_error,
            window: sse.window,
            term: Term::new(sse.finite, sse.lifetime),
            ..Extras::default()
        };
        let mut body = Self {
            stream: sse.stream.map(SyncWrapper::new),
            keep_alive: sse.keep_alive,
            extras: extras.boxed(),
            ..Self::default()
        };
        if let Some(permit) = sse.permit {
            body.hold(permit);
        }
        body
    }

    /// A body of one event, or none.
    pub(crate) fn of(event: Option<Event>) -> Self {
        let left = event.map(|event| Encoded::from(event).into_bytes());
        Self { extras: Extras { left, ..Extras::default() }.boxed(), ..Self::default() }
    }

    /// Holds a permit until it is dropped, unless it has one, or no stream to hold it for.
    pub(crate) fn hold(&mut self, permit: Permit) {
        if self.stream.is_none() {
            permit.settle(Reason::Finished);
        } else {
            self.extras.get_or_insert_default().term.hold(permit);
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
        let is_plain = self.extras.as_ref().is_none_or(|extras| extras.is_plain());
        let stream = self.stream.as_mut().filter(|_| is_plain && self.written.is_some());
        stream.map(SyncWrapper::get_mut)
    }

    /// Counts what was taken from the [stream](SseBody::plain_stream) and sent.
    pub(crate) fn sent(&mut self, events: usize, bytes: usize, now: Instant) {
        if let Some(extras) = &self.extras {
            extras.term.sent(events, bytes);
        }
        self.written = Some(now);
    }

    /// When it has something to do if its stream has nothing; none before its first frame.
    pub(crate) fn due(&self) -> Option<Instant> {
        due(
            self.written?,
            self.keep_alive.as_ref(),
            self.extras.as_ref().map(|extras| &extras.term),
        )
    }

    /// Compresses all that it gives.
    pub(crate) fn compress(&mut self, settings: Settings) {
        self.extras.get_or_insert_default().packer = Some(Box::new(Packer::new(settings)));
    }

    /// Has the compressor fail.
    #[cfg(test)]
    #[allow(dead_code, reason = "it needs all compressors")]
    pub(crate) fn break_packer(self: Pin<&mut Self>) {
        let extras = self.project().extras.as_mut();
        extras.and_then(|extras| extras.packer.as_mut()).expect("there is one").fail();
    }

    /// Drops the stream unpolled: what remains is the body of the answer to a HEAD request.
    pub(crate) fn withhold(self) -> Self {
        let withheld = !self.is_end_stream();
        Self { extras: Extras { withheld, ..Extras::default() }.boxed(), ..Self::default() }
    }
}

impl<S> Default for SseBody<S>
where
    S: Stream,
    S::Item: Item,
{
    fn default() -> Self {
        let (stream, timer, extras) = (None, Timer::default(), None);
        Self { stream, timer, keep_alive: None, written: None, turn: 0, extras }
    }
}

impl<S> Body for SseBody<S>
where
    S: Stream,
    S::Item: Item,
{
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Given {
        if self.extras.is_some() {
            return self.poll_with_extras(cx);
        }
        let this = self.as_mut().project();
        let turn = mem::take(this.turn);
        if turn >= TURN {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let mut left = None;
        let joined = Blocks::new(this.stream, None).poll_joined(&mut left, false, false, cx);
        if left.is_some() {
            this.extras.get_or_insert_default().left = left;
        }
        match joined {
            Poll::Ready(Some(joined)) => self.give(joined, turn),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => self.poll_silence(turn, cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.stream.is_none() && self.extras.as_ref().is_none_or(|extras| extras.is_end())
    }

    /// Never exact: a host would make a length of 0 a header of a 204, which must not have one (RFC
    /// 9110, section 8.6).
    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

type Given = Poll<Option<Result<http_body::Frame<Bytes>, Infallible>>>;

impl<S> SseBody<S>
where
    S: Stream,
    S::Item: Item,
{
    /// As a body is polled, with whatever else is to be done.
    #[inline(never)]
    fn poll_with_extras(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Given {
        let mut this = self.as_mut().project();
        let turn = mem::take(this.turn);
        let extras = this.extras.as_mut().expect("there are some");
        ready!(extras.poll_begin(this.stream.as_mut(), this.timer, *this.written, cx));
        if turn >= TURN {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        match extras.poll_joined(this.stream, this.written.is_some(), cx) {
            Poll::Ready(Some(joined)) => self.give(joined, turn),
            Poll::Ready(None) => {
                extras.withheld = false;
                Poll::Ready(None)
            }
            Poll::Pending => {
                if extras.is_nothing() {
                    *this.extras = None;
                }
                self.poll_silence(turn, cx)
            }
        }
    }

    /// What is given when nothing is ready: a sign of life, at once if nothing was written yet, and
    /// else in its time.
    #[inline(always)]
    fn poll_silence(self: Pin<&mut Self>, turn: usize, cx: &mut Context<'_>) -> Given {
        // A host asks again and again, and what is due never moves to an earlier time.
        if self.timer.is_waiting(cx.waker()) {
            return Poll::Pending;
        }
        self.poll_sign(turn, cx)
    }

    #[inline(never)]
    fn poll_sign(mut self: Pin<&mut Self>, turn: usize, cx: &mut Context<'_>) -> Given {
        let this = self.as_mut().project();
        let term = this.extras.as_ref().map(|extras| &extras.term);
        let sign = match *this.written {
            None => SIGN_OF_LIFE,
            Some(written) => {
                let Some(next) = due(written, this.keep_alive.as_ref(), term) else {
                    return Poll::Pending;
                };
                ready!(this.timer.poll_until(next, cx));
                if term.and_then(Term::expires) == Some(next) {
                    // The next poll ends it.
                    cx.waker().wake_by_ref();
                    return Poll::Pending;
                }
                let _entered = term.and_then(Term::enter);
                this.keep_alive.as_mut().expect("it is what was due").sign()
            }
        };
        let joined = match this.extras {
            None => Some(Joined::alone(sign)),
            Some(extras) => extras.alone(this.stream, sign),
        };
        joined.map_or(Poll::Ready(None), |joined| self.give(joined, turn))
    }

    #[inline(always)]
    fn give(self: Pin<&mut Self>, joined: Joined, turn: usize) -> Given {
        let Joined { bytes, weight, events, rests } = joined;
        let this = self.project();
        if let Some(extras) = this.extras {
            extras.resting = rests && !extras.window.is_zero();
            extras.term.sent(events, bytes.len());
        }
        *this.turn = turn + weight;
        *this.written = Some(Instant::now());
        Poll::Ready(Some(Ok(http_body::Frame::data(bytes))))
    }
}

/// When the next sign of life is due, or the end.
fn due(written: Instant, sign: Option<&KeepAlive>, term: Option<&Term>) -> Option<Instant> {
    let sign = sign.and_then(|sign| sign.due_after(written));
    sign.into_iter().chain(term.and_then(Term::expires)).min()
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
