//! One stream that is open.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::task::Waker;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::Span;

use crate::streams::shared::Shared;
use crate::sync::Mutex;
use crate::{Key, Reason};

/// One stream of a [`Streams`](crate::Streams): what it is, what it has sent, and a hold on its end.
///
/// A clone is the same stream. Holding it does not keep the stream open.
#[derive(Clone)]
pub struct OpenStream(pub(crate) Arc<Entry>);

/// All that is known of a stream: one allocation.
pub(crate) struct Entry {
    pub(crate) shared: Arc<Shared>,
    /// Where it is in the registry.
    pub(crate) place: usize,
    pub(crate) key: Option<Key>,
    pub(crate) opened: Instant,
    pub(crate) span: Span,
    /// Whether its stream is there, and does not end by itself.
    pub(crate) is_endless: AtomicBool,
    // Both are written by the body alone.
    events: AtomicU64,
    bytes: AtomicU64,
    /// 0, or 1 more than the reason's place in `Reason::ALL`; and `CLOSED`.
    end: AtomicU8,
    closed: Notify,
    waker: Mutex<Option<Waker>>,
}

const CLOSED: u8 = 0x80;

impl OpenStream {
    /// Its key, if it has one.
    pub fn key(&self) -> Option<&Key> {
        self.0.key.as_ref()
    }

    /// How long ago it was let in.
    pub fn age(&self) -> Duration {
        self.0.opened.elapsed()
    }

    /// How many events its stream has given to be sent.
    pub fn events(&self) -> u64 {
        self.0.events.load(Ordering::Relaxed)
    }

    /// How many bytes were given to the host, with keep-alives.
    pub fn bytes(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Ends it, as soon as the host asks for more of it. A client that reads nothing keeps it until
    /// its connection is given up. Nothing happens to what has ended already.
    pub fn end(&self) {
        self.0.tell(Reason::Ended);
    }

    /// Whether its stream is there, and does not end by itself.
    pub(crate) fn is_endless(&self) -> bool {
        self.0.is_endless.load(Ordering::Relaxed)
    }

    /// Why it has ended; none as long as its body is there.
    pub fn reason(&self) -> Option<Reason> {
        let end = self.0.end.load(Ordering::Acquire);
        if end & CLOSED == 0 { None } else { reason(end) }
    }

    /// Waits until its body has been dropped, and tells why it has ended: whoever works for this
    /// client alone can stop then.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn ended(&self) -> Reason {
        // What is told from here on wakes it.
        let closed = self.0.closed.notified();
        if let Some(reason) = self.reason() {
            return reason;
        }
        closed.await;
        self.reason().expect("a stream that is closed has a reason")
    }
}

impl Entry {
    pub(crate) fn new(shared: Arc<Shared>, place: usize, opening: Opening) -> Self {
        let Opening { key, opened, span } = opening;
        Self {
            shared,
            place,
            key,
            opened,
            span,
            is_endless: AtomicBool::new(false),
            events: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            end: AtomicU8::new(0),
            closed: Notify::new(),
            waker: Mutex::default(),
        }
    }

    /// The first reason to end, if there is one by now.
    pub(crate) fn told(&self) -> Option<Reason> {
        reason(self.end.load(Ordering::Acquire))
    }

    /// Gives it a reason to end, if it has none, and wakes it. Tells whether it had none.
    pub(crate) fn tell(&self, reason: Reason) -> bool {
        let is_first = self.settle(reason);
        if is_first {
            let waker = self.waker.lock().clone();
            if let Some(waker) = waker {
                waker.wake();
            }
        }
        is_first
    }

    /// Gives it a reason to end, if it has none. Tells whether it had none.
    pub(crate) fn settle(&self, reason: Reason) -> bool {
        let (set, read) = (Ordering::AcqRel, Ordering::Acquire);
        self.end.compare_exchange(0, reason as u8 + 1, set, read).is_ok()
    }

    /// Whom to wake when it is told to end. What is told before is seen after this.
    pub(crate) fn set_waker(&self, waker: Option<Waker>) {
        let old = std::mem::replace(&mut *self.waker.lock(), waker);
        // Not under the lock: what a waker does when it is dropped is not ours.
        drop(old);
    }

    /// Counts what was sent, and tells whether it was the first.
    pub(crate) fn sent(&self, events: usize, bytes: usize) -> bool {
        let before = self.bytes.load(Ordering::Relaxed);
        self.bytes.store(before + bytes as u64, Ordering::Relaxed);
        if events > 0 {
            let events = self.events.load(Ordering::Relaxed) + events as u64;
            self.events.store(events, Ordering::Relaxed);
        }
        before == 0
    }

    /// Wakes who waits for the end. It has a reason.
    pub(crate) fn close(&self) {
        self.end.fetch_or(CLOSED, Ordering::AcqRel);
        self.closed.notify_waiters();
    }
}

/// What a stream is let in with.
pub(crate) struct Opening {
    pub(crate) key: Option<Key>,
    pub(crate) opened: Instant,
    pub(crate) span: Span,
}

fn reason(end: u8) -> Option<Reason> {
    let place = (end & !CLOSED).checked_sub(1)?;
    Some(Reason::ALL[usize::from(place)])
}

impl fmt::Debug for OpenStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenStream")
            .field("key", &self.key())
            .field("age", &self.age())
            .field("events", &self.events())
            .field("bytes", &self.bytes())
            .field("reason", &self.reason())
            .finish()
    }
}
