//! The stream under a body.

use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};

use futures_core::Stream;
use sync_wrapper::SyncWrapper;
use tokio::task::coop;
use tower_sse_codec::Event;

use crate::frame::Frame;
use crate::item::{Block, BoxError, is_lagged};
use crate::term::Term;
use crate::{Item, Reason, StreamError};

/// What sees the error that ended a stream, and may have a last event for the client.
pub(crate) type OnError<E> = SyncWrapper<Box<dyn FnOnce(E) -> Option<Event> + Send>>;

/// The stream, as what is to be written.
pub(crate) struct Blocks<'a, S>
where
    S: Stream,
    S::Item: Item,
{
    pub(crate) stream: Pin<&'a mut Option<SyncWrapper<S>>>,
    pub(crate) on_error: &'a mut Option<OnError<StreamError<S>>>,
    pub(crate) term: &'a Term,
    /// How many it has given.
    pub(crate) events: usize,
}

impl<S> Blocks<'_, S>
where
    S: Stream,
    S::Item: Item,
{
    pub(crate) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Block>> {
        let Some(stream) = self.stream.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let block = match ready!(stream.get_pin_mut().poll_next(cx)).map(Item::into_block) {
            Some(Ok(block)) => {
                self.events += block.events();
                return Poll::Ready(Some(block));
            }
            Some(Err(error)) => {
                let is_lagged = is_lagged(&error);
                self.term.settle(if is_lagged { Reason::Lagged } else { Reason::Error });
                self.stream.set(None);
                last_event(error, is_lagged, self.on_error.take()).map(Block::Event)
            }
            None => {
                self.term.settle(Reason::Finished);
                self.stream.set(None);
                None
            }
        };
        Poll::Ready(block)
    }

    /// Adds to a frame what is ready, until it is full. Tells whether there is no more for now.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        frame: &mut Frame,
        mut is_some: bool,
        is_windowed: bool,
        cx: &mut Context<'_>,
    ) -> bool {
        while !frame.is_full() {
            // With a window, the timer is what wakes after a frame: the stream's waking would only
            // find the window closed.
            let mut asleep = Context::from_waker(Waker::noop());
            match self.poll_next(if is_some && is_windowed { &mut asleep } else { &mut *cx }) {
                Poll::Ready(Some(block)) => frame.push(block),
                Poll::Ready(None) => return false,
                // A tokio channel says Pending as well when its task has had its share: it has more.
                Poll::Pending => return is_some && coop::has_budget_remaining(),
            }
            is_some = true;
        }
        false
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
