//! What is sent in silence.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use sync_wrapper::SyncWrapper;
use tokio::time::Instant;
use tower_sse_codec::{Encoded, Event, Text};

/// An empty comment: the smallest sign of life.
pub(crate) const SIGN_OF_LIFE: Bytes = Bytes::from_static(b":\n\n");

/// What is sent when a stream has been silent for a while, so that proxies keep the connection
/// open and a client that is gone is noticed.
///
/// The interval counts from the last byte written. It never fires inside an event, and once only
/// after a peer has stalled. By default, an empty comment every 15 seconds.
///
/// Comments do not reach the listeners of an `EventSource`; who wants to see in the browser that
/// the connection lives sends an event.
///
/// ```
/// use std::time::Duration;
/// use tower_sse::{Event, EventName, KeepAlive};
///
/// const PING: EventName = EventName::from_static("ping");
///
/// let comment = KeepAlive::every(Duration::from_secs(30)).with_comment("still here");
/// let event = KeepAlive::default().with_event(Event::new("").with_name(PING));
/// let asked = KeepAlive::default().with_fn(|| Event::default().with_comment("made when it fires"));
/// ```
#[must_use]
pub struct KeepAlive {
    interval: Duration,
    // None for the empty comment.
    sign: Option<Box<Sign>>,
}

struct Sign(SyncWrapper<Box<dyn FnMut() -> Bytes + Send>>);

impl KeepAlive {
    /// An empty comment after every `interval` of silence. With an interval of zero, and with one
    /// that no clock can reach, nothing is sent.
    pub fn every(interval: Duration) -> Self {
        Self { interval, sign: None }
    }

    /// Sends this comment instead of an empty one. The text may be anything.
    pub fn with_comment(self, comment: impl Into<Text>) -> Self {
        self.with_event(Event::default().with_comment(comment))
    }

    /// Sends this event instead of a comment.
    pub fn with_event(self, event: impl Into<Encoded>) -> Self {
        let event = event.into();
        self.with_fn(move || event.clone())
    }

    /// Asks `sign` for what to send each time when it is due.
    pub fn with_fn<F, E>(mut self, mut sign: F) -> Self
    where
        F: FnMut() -> E + Send + 'static,
        E: Into<Encoded>,
    {
        let sign = move || sign().into().into_bytes();
        self.sign = Some(Box::new(Sign(SyncWrapper::new(Box::new(sign)))));
        self
    }

    /// When a sign is due if nothing is written after `written`.
    pub(crate) fn due_after(&self, written: Instant) -> Option<Instant> {
        if self.interval.is_zero() { None } else { written.checked_add(self.interval) }
    }

    pub(crate) fn sign(&mut self) -> Bytes {
        self.sign.as_mut().map_or(SIGN_OF_LIFE, |sign| sign.0.get_mut()())
    }
}

impl Default for KeepAlive {
    fn default() -> Self {
        Self::every(Duration::from_secs(15))
    }
}

impl fmt::Debug for KeepAlive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeepAlive").field("interval", &self.interval).finish_non_exhaustive()
    }
}
