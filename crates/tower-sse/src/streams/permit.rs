//! The right of one stream to be open.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Waker};
use std::thread;

use tokio::time::Instant;
use tower_sse_codec::Event;
use tracing::span::Entered;

use crate::streams::open_stream::Entry;
use crate::{OpenStream, Reason};

/// The right of one stream to be open: see [`Streams::admit`](crate::Streams::admit).
///
/// It goes into the body by [`Sse::with_permit`](crate::Sse::with_permit), and its place is free
/// again when that is dropped. One that is dropped before counts as a client that is gone.
#[must_use = "a permit gives its place back when it is dropped"]
pub struct Permit {
    entry: Arc<Entry>,
    /// What the entry has, so that it need not be asked.
    waker: Option<Waker>,
}

impl Permit {
    pub(crate) fn new(entry: Arc<Entry>) -> Self {
        Self { entry, waker: None }
    }

    /// The stream, as the application sees it.
    pub fn stream(&self) -> OpenStream {
        OpenStream(Arc::clone(&self.entry))
    }

    /// Notes that its stream is there, and whether it ends by itself.
    pub(crate) fn answer(&self, is_finite: bool) {
        self.entry.is_endless.store(!is_finite, Ordering::Relaxed);
    }

    /// When it has to end.
    pub(crate) fn expires(&self) -> Option<Instant> {
        let lifetime = self.entry.shared.settings.lifetime.as_ref()?;
        self.entry.opened.checked_add(lifetime.random())
    }

    pub(crate) fn enter(&self) -> Entered<'_> {
        self.entry.span.enter()
    }

    /// Why to end, if there is a reason by now; when there is one later, the task is woken.
    pub(crate) fn poll_told(&mut self, cx: &Context<'_>) -> Option<Reason> {
        if !self.waker.as_ref().is_some_and(|waker| waker.will_wake(cx.waker())) {
            self.waker = Some(cx.waker().clone());
            self.entry.set_waker(self.waker.clone());
        }
        self.entry.told()
    }

    /// Says why it ends, unless something else was said before.
    pub(crate) fn settle(&self, reason: Reason) {
        self.entry.settle(reason);
    }

    /// What is sent at the end for this reason.
    pub(crate) fn last_event(&self, reason: Reason) -> Option<Event> {
        let settings = &self.entry.shared.settings;
        let last = match reason {
            Reason::Drained => settings.last_event.clone().unwrap_or_default(),
            Reason::Limit => Event::default(),
            _ => return None,
        };
        Some(last.with_retry(settings.retry.random()))
    }

    /// Counts what was sent.
    pub(crate) fn sent(&self, events: usize, bytes: usize) {
        self.entry.shared.sent(&self.entry, events, bytes);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        // A stream that panics takes its body down with it.
        let panicked = thread::panicking();
        self.entry.settle(if panicked { Reason::Error } else { Reason::ClientGone });
        self.entry.shared.close(&self.entry);
    }
}

impl fmt::Debug for Permit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Permit").field(&self.stream()).finish()
    }
}
