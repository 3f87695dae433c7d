//! Of a body, what is rare.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use sync_wrapper::SyncWrapper;
use tokio::time::Instant;
use tower_sse_codec::Event;

use crate::Item;
use crate::blocks::{Blocks, Ending, Joined, OnError};
use crate::compression::packer::Packer;
use crate::term::Term;
use crate::timer::Timer;

/// What most bodies have nothing of, most of the time: they are smaller, and faster, without.
pub(crate) struct Extras<E> {
    /// What did not fit into the last frame; before the first, the head of the stream.
    pub(crate) left: Option<Bytes>,
    pub(crate) on_error: Option<OnError<E>>,
    pub(crate) window: Duration,
    /// The stream is not polled before the window is over.
    pub(crate) resting: bool,
    /// The answer to HEAD: no bytes, and no length either, as the answer to GET has none.
    pub(crate) withheld: bool,
    pub(crate) packer: Option<Box<Packer>>,
    pub(crate) term: Term,
}

impl<E> Extras<E> {
    /// None if there is nothing of it.
    pub(crate) fn boxed(self) -> Option<Box<Self>> {
        (!self.is_nothing()).then(|| Box::new(self))
    }

    /// Whether a body does the same without it.
    pub(crate) fn is_nothing(&self) -> bool {
        self.is_plain() && self.on_error.is_none() && !self.withheld && self.term.is_default()
    }

    /// Whether what the stream yields is given as it is, and at once.
    pub(crate) fn is_plain(&self) -> bool {
        self.left.is_none() && self.packer.is_none() && self.window.is_zero()
    }

    /// Whether nothing comes after the stream.
    pub(crate) fn is_end(&self) -> bool {
        self.left.is_none() && self.packer.is_none() && !self.withheld
    }

    /// Ends a stream that is over, and waits as long as one that goes on has to rest.
    pub(crate) fn poll_begin<S>(
        &mut self,
        mut stream: Pin<&mut Option<SyncWrapper<S>>>,
        timer: &mut Timer,
        written: Option<Instant>,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        if stream.is_some() {
            if let Some(last) = self.term.poll_over(written.is_some(), cx) {
                stream.set(None);
                self.resting = false;
                self.left = join(self.left.take(), last);
            }
        }
        if self.resting {
            let written = written.expect("a rest comes after a frame");
            ready!(timer.poll_until(written + self.window, cx));
            self.resting = false;
        }
        Poll::Ready(())
    }

    /// What is ready of a stream.
    #[inline(never)]
    pub(crate) fn poll_joined<S>(
        &mut self,
        stream: Pin<&mut Option<SyncWrapper<S>>>,
        is_busy: bool,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Joined>>
    where
        S: Stream,
        S::Item: Item<Error = E>,
    {
        let Self { left, on_error, packer, term, .. } = self;
        let is_windowed = !self.window.is_zero();
        let _entered = term.enter();
        let mut stream = Blocks::new(stream, Some(Ending { term, on_error }));
        match packer {
            None => stream.poll_joined(left, is_busy, is_windowed, cx),
            Some(_) => stream.poll_packed(packer, left, is_windowed, cx),
        }
    }

    /// What is said in silence.
    #[cold]
    pub(crate) fn alone<S>(
        &mut self,
        stream: Pin<&mut Option<SyncWrapper<S>>>,
        sign: Bytes,
    ) -> Option<Joined>
    where
        S: Stream,
        S::Item: Item<Error = E>,
    {
        let Self { on_error, packer, term, .. } = self;
        if packer.is_none() {
            return Some(Joined::alone(sign));
        }
        let _entered = term.enter();
        Blocks::new(stream, Some(Ending { term, on_error })).packed_alone(packer, &sign)
    }
}

impl<E> Default for Extras<E> {
    fn default() -> Self {
        Self {
            left: None,
            on_error: None,
            window: Duration::ZERO,
            resting: false,
            withheld: false,
            packer: None,
            term: Term::default(),
        }
    }
}

/// What was taken from the stream and did not fit, and what is said after it.
fn join(left: Option<Bytes>, last: Option<Event>) -> Option<Bytes> {
    let Some(last) = last else { return left };
    let mut joined = BytesMut::from(left.unwrap_or_default());
    last.encode(&mut joined);
    Some(joined.freeze())
}
