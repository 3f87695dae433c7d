//! A body that a host may look into.

use std::any::{Any, TypeId};
use std::cell::Cell;
use std::convert::Infallible;
use std::fmt;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use http::Response;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use crate::{Item, SseBody};

thread_local! {
    /// The streams that the host of this thread wants to look into.
    static WANTED: Cell<Option<TypeId>> = const { Cell::new(None) };
}

/// Runs what makes responses for a host that looks into bodies whose stream is an `S`.
#[doc(hidden)]
pub fn lending<S: 'static, T>(run: impl FnOnce() -> T) -> T {
    let _before = Before(WANTED.replace(Some(TypeId::of::<S>())));
    run()
}

struct Before(Option<TypeId>);

impl Drop for Before {
    fn drop(&mut self) {
        WANTED.set(self.0);
    }
}

/// Gives a response a body that its host may look into, if it wants to: a [`Loan`] is among the
/// extensions then.
///
/// # Errors
/// As it was, if no host wants to.
#[doc(hidden)]
pub fn lend<S>(
    response: Response<SseBody<S>>,
) -> Result<Response<LentBody<S>>, Box<Response<SseBody<S>>>>
where
    S: Stream + Send + 'static,
    S::Item: Item,
{
    if WANTED.get() != Some(TypeId::of::<S>()) || response.body().is_end_stream() {
        return Err(Box::new(response));
    }
    let (mut head, body) = response.into_parts();
    let slot = Arc::new(Slot(Mutex::new(Lent { body: Box::pin(body), given: None })));
    head.extensions.insert(Loan(Arc::clone(&slot) as Arc<dyn Any + Send + Sync>));
    Ok(Response::from_parts(head, LentBody(slot)))
}

/// A body that its host may look into, as long as it is passed on as it is.
///
/// Its hint of a size tells whether it is: whoever passes that on neither adds nor takes anything
/// away.
#[doc(hidden)]
pub struct LentBody<S>(Arc<Slot<S>>)
where
    S: Stream,
    S::Item: Item;

/// What a host may look into.
#[doc(hidden)]
pub struct Slot<S>(Mutex<Lent<S>>)
where
    S: Stream,
    S::Item: Item;

/// A body, and what it has given.
#[doc(hidden)]
pub struct Lent<S>
where
    S: Stream,
    S::Item: Item,
{
    body: Pin<Box<SseBody<S>>>,
    /// Where the last frame lies that it gave.
    given: Option<(NonZeroUsize, usize)>,
}

/// What says that a body may be looked into: an extension of its response.
#[doc(hidden)]
#[derive(Clone)]
pub struct Loan(Arc<dyn Any + Send + Sync>);

impl Loan {
    /// The body, if this is the hint of a size of one that passes it on as it is.
    pub fn redeem<S>(self, hint: &SizeHint) -> Option<Arc<Slot<S>>>
    where
        S: Stream + Send + 'static,
        S::Item: Item,
    {
        let slot = self.0.downcast::<Slot<S>>().ok()?;
        let is_same = hint.lower() == 0 && hint.upper() == slot.hint().upper();
        is_same.then_some(slot)
    }
}

impl<S> Slot<S>
where
    S: Stream,
    S::Item: Item,
{
    /// Looks into the body. Whoever asks the body for a frame meanwhile waits.
    pub fn look(&self) -> MutexGuard<'_, Lent<S>> {
        // What has panicked is dropped by whoever has asked it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn hint(&self) -> SizeHint {
        // No body is so long, and none has the same.
        let mut hint = SizeHint::new();
        hint.set_upper(1 << 63 | std::ptr::from_ref(self).addr() as u64);
        hint
    }
}

impl<S> Lent<S>
where
    S: Stream + Unpin,
    S::Item: Item,
{
    /// Whether this is the frame that the body gave last, and not a copy.
    pub fn gave(&self, frame: &Bytes) -> bool {
        self.given == Some(place(frame))
    }

    /// The stream, if whatever it yields next is sent as it is, and at once.
    pub fn stream(&mut self) -> Option<&mut S> {
        self.body.as_mut().get_mut().plain_stream()
    }

    /// When the body has something to do if its stream has nothing.
    pub fn due(&self) -> Option<Instant> {
        self.body.due()
    }

    /// Counts what was taken from the stream and sent.
    pub fn sent(&mut self, events: usize, bytes: usize, now: Instant) {
        self.body.as_mut().get_mut().sent(events, bytes, now);
    }
}

/// Where a frame lies.
fn place(frame: &Bytes) -> (NonZeroUsize, usize) {
    (NonNull::from(&frame[..]).cast::<u8>().addr(), frame.len())
}

impl<S> Body for LentBody<S>
where
    S: Stream,
    S::Item: Item,
{
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let mut lent = self.0.look();
        let frame = ready!(lent.body.as_mut().poll_frame(cx));
        lent.given = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref()).map(place);
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.0.look().body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.0.hint()
    }
}

impl<S> fmt::Debug for LentBody<S>
where
    S: Stream,
    S::Item: Item,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LentBody").field(&self.0.look().body).finish()
    }
}
