//! The stream under a body.

use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use futures_core::Stream;
use sync_wrapper::SyncWrapper;
use tokio::task::coop;
use tower_sse_codec::Event;

use crate::compression::packer::Packer;
use crate::frame::{Frame, Sink};
use crate::item::{Block, BoxError, is_lagged};
use crate::term::Term;
use crate::{Item, Reason, StreamError};

/// What sees the error that ended a stream, and may have a last event for the client.
pub(crate) type OnError<E> = SyncWrapper<Box<dyn FnOnce(E) -> Option<Event> + Send>>;

/// The bytes of a frame.
pub(crate) struct Joined {
    /// Never none.
    pub(crate) bytes: Bytes,
    /// How many bytes they stand for.
    pub(crate) weight: usize,
    /// How many of the stream's events they are.
    pub(crate) events: usize,
    /// There is no more for now.
    pub(crate) rests: bool,
}

impl Joined {
    /// What is said in silence.
    pub(crate) fn alone(bytes: Bytes) -> Self {
        Self { weight: bytes.len(), bytes, events: 0, rests: false }
    }
}

/// The stream, as what is to be written.
pub(crate) struct Blocks<'a, S>
where
    S: Stream,
    S::Item: Item,
{
    stream: Pin<&'a mut Option<SyncWrapper<S>>>,
    /// Who is to know how it ends.
    ending: Option<Ending<'a, StreamError<S>>>,
    /// How many it has given.
    events: usize,
}

/// Who is to know how a stream ends.
pub(crate) struct Ending<'a, E> {
    pub(crate) term: &'a Term,
    pub(crate) on_error: &'a mut Option<OnError<E>>,
}

impl<'a, S> Blocks<'a, S>
where
    S: Stream,
    S::Item: Item,
{
    #[inline]
    pub(crate) fn new(
        stream: Pin<&'a mut Option<SyncWrapper<S>>>,
        ending: Option<Ending<'a, StreamError<S>>>,
    ) -> Self {
        Self { stream, ending, events: 0 }
    }

    #[inline(always)]
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Block>> {
        let Some(stream) = self.stream.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        match ready!(stream.get_pin_mut().poll_next(cx)).map(Item::into_block) {
            Some(Ok(block)) => {
                self.events += block.events();
                Poll::Ready(Some(block))
            }
            Some(Err(error)) => Poll::Ready(self.fail(error).map(Block::Event)),
            None => {
                self.end(Reason::Finished);
                Poll::Ready(None)
            }
        }
    }

    /// Drops a stream that has failed, and gives what is said then.
    #[cold]
    fn fail(&mut self, error: StreamError<S>) -> Option<Event> {
        let is_lagged = is_lagged(&error);
        self.end(if is_lagged { Reason::Lagged } else { Reason::Error });
        let on_error = self.ending.as_mut().and_then(|ending| ending.on_error.take());
        last_event(error, is_lagged, on_error)
    }

    /// Drops the stream.
    #[cold]
    fn end(&mut self, reason: Reason) {
        if let Some(ending) = &self.ending {
            ending.term.settle(reason);
        }
        self.stream.set(None);
    }

    /// What was left of the frame before, and what is ready, in a frame.
    #[inline(always)]
    pub(crate) fn poll_joined(
        &mut self,
        left: &mut Option<Bytes>,
        is_busy: bool,
        is_windowed: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Joined>> {
        let (mut frame, is_some) = match left.take() {
            // The frame before was full, so this one may be too; a head is nothing yet.
            Some(left) => (Frame::after(left, is_busy), is_busy),
            None => match ready!(self.poll_next(cx)) {
                None => return Poll::Ready(None),
                Some(Block::Event(first)) => (Frame::of(&first), true),
                Some(Block::Encoded(first)) => {
                    let first = first.into_bytes();
                    if Frame::is_full_with(&first) {
                        return Poll::Ready(Some(self.joined(first, false)));
                    }
                    // Most often it is alone, and leaves as it is.
                    match self.poll_more(true, is_windowed, cx) {
                        Ok(second) => (Frame::of_two(first, second), true),
                        Err(rests) => return Poll::Ready(Some(self.joined(first, rests))),
                    }
                }
            },
        };
        let rests = self.fill(&mut frame, is_some, is_windowed, cx);
        let bytes;
        (bytes, *left) = frame.finish();
        Poll::Ready(Some(self.joined(bytes, rests)))
    }

    fn joined(&self, bytes: Bytes, rests: bool) -> Joined {
        Joined { weight: bytes.len(), bytes, events: self.events, rests }
    }

    /// As [`poll_joined`](Blocks::poll_joined), compressed. The packer is gone after the last frame.
    pub(crate) fn poll_packed(
        &mut self,
        packer: &mut Option<Box<Packer>>,
        left: &mut Option<Bytes>,
        is_windowed: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Joined>> {
        let Some(pack) = packer else { return Poll::Ready(None) };
        let is_some = match left.take() {
            Some(left) => {
                pack.push_private(&left);
                false
            }
            None => match ready!(self.poll_next(cx)) {
                Some(block) => {
                    pack.push(block);
                    true
                }
                None => return Poll::Ready(self.finish(packer, false)),
            },
        };
        let rests = self.fill(&mut **pack, is_some, is_windowed, cx);
        Poll::Ready(self.finish(packer, rests))
    }

    /// What is said in silence, compressed.
    pub(crate) fn packed_alone(
        &mut self,
        packer: &mut Option<Box<Packer>>,
        bytes: &[u8],
    ) -> Option<Joined> {
        packer.as_mut()?.push_private(bytes);
        self.finish(packer, false)
    }

    /// The frame that was packed; none if that has failed, which is the end.
    fn finish(&mut self, packer: &mut Option<Box<Packer>>, rests: bool) -> Option<Joined> {
        let is_end = self.stream.is_none();
        match packer.as_mut()?.finish(is_end) {
            Ok((bytes, weight)) => {
                if is_end {
                    *packer = None;
                }
                let joined = Joined { bytes, weight, events: self.events, rests };
                // Nothing, where no frame of zstd is open: that is the end.
                Some(joined).filter(|joined| !joined.bytes.is_empty())
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "event stream ends");
                self.end(Reason::Error);
                *packer = None;
                None
            }
        }
    }

    /// Adds to a frame what is ready, until it is full. Tells whether there is no more for now.
    #[inline]
    fn fill(
        &mut self,
        frame: &mut impl Sink,
        mut is_some: bool,
        is_windowed: bool,
        cx: &mut Context<'_>,
    ) -> bool {
        while !frame.is_full() {
            match self.poll_more(is_some, is_windowed, cx) {
                Ok(block) => frame.push(block),
                Err(rests) => return rests,
            }
            is_some = true;
        }
        false
    }

    /// What else is ready, or else whether it rests.
    #[inline(always)]
    fn poll_more(
        &mut self,
        is_some: bool,
        is_windowed: bool,
        cx: &mut Context<'_>,
    ) -> Result<Block, bool> {
        // With a window, the timer is what wakes after a frame: the stream's waking would only find
        // the window closed.
        let mut asleep = Context::from_waker(Waker::noop());
        match self.poll_next(if is_some && is_windowed { &mut asleep } else { cx }) {
            Poll::Ready(Some(block)) => Ok(block),
            Poll::Ready(None) => Err(false),
            // A tokio channel says Pending as well when its task has had its share: it has more.
            Poll::Pending => Err(is_windowed && is_some && coop::has_budget_remaining()),
        }
    }
}

fn last_event<E>(error: E, is_lagged: bool, on_error: Option<OnError<E>>) -> Option<Event>
where
    E: Into<BoxError>,
{
    match on_error {
        Some(on_error) => on_error.into_inner()(error),
        // That a reader is slow is no failure of the server.
        None if is_lagged => {
            tracing::debug!("reader is too slow");
            None
        }
        None => {
            let error = error.into();
            tracing::warn!(error = &*error as &dyn std::error::Error, "event stream failed");
            None
        }
    }
}
