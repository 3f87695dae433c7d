//! For how long a body may go on.

use std::task::Context;
use std::time::Duration;

use tokio::time::Instant;
use tower_sse_codec::Event;
use tracing::span::Entered;

use crate::{Permit, Reason};

/// For how long a body may go on, and who counts what it sends. By default for ever, and nobody.
#[derive(Default)]
pub(crate) struct Term {
    permit: Option<Permit>,
    finite: bool,
    expires: Option<Instant>,
}

impl Term {
    pub(crate) fn new(finite: bool, lifetime: Option<Duration>) -> Self {
        let expires = lifetime.and_then(|lifetime| Instant::now().checked_add(lifetime));
        Self { permit: None, finite, expires }
    }

    /// Whether it goes on for ever, nobody counts, and nobody is to know how it ends.
    pub(crate) fn is_default(&self) -> bool {
        self.permit.is_none() && !self.finite && self.expires.is_none()
    }

    /// Holds this permit, unless there is one.
    pub(crate) fn hold(&mut self, permit: Permit) {
        if self.permit.is_some() {
            permit.settle(Reason::Finished);
            return;
        }
        permit.answer(self.finite);
        self.expires = self.expires.into_iter().chain(permit.expires()).min();
        self.permit = Some(permit);
    }

    /// When it is over, if nothing ends it before.
    #[inline]
    pub(crate) fn expires(&self) -> Option<Instant> {
        self.expires
    }

    /// Whether it is over by now, and what is to be said then. Its time is over when it `has_begun`
    /// only. When it is over later, and not for its time, the task is woken.
    #[inline]
    pub(crate) fn poll_over(&mut self, has_begun: bool, cx: &Context<'_>) -> Option<Option<Event>> {
        // Most bodies: this is on the way of every frame.
        if self.permit.is_none() && self.expires.is_none() {
            return None;
        }
        self.poll_over_limited(has_begun, cx)
    }

    fn poll_over_limited(&mut self, has_begun: bool, cx: &Context<'_>) -> Option<Option<Event>> {
        // The clock is asked each time: a client may have read nothing since the last.
        let is_over = has_begun && self.expires.is_some_and(|end| Instant::now() >= end);
        let expired = is_over.then_some(Reason::Lifetime);
        let Some(permit) = &mut self.permit else { return expired.map(|_| None) };
        let reason = permit.poll_told(cx).or(expired)?;
        permit.settle(reason);
        Some(permit.last_event(reason))
    }

    /// Says why the stream has ended, unless something else was said before.
    #[inline]
    pub(crate) fn settle(&self, reason: Reason) {
        if let Some(permit) = &self.permit {
            permit.settle(reason);
        }
    }

    /// Counts what is sent.
    #[inline]
    pub(crate) fn sent(&self, events: usize, bytes: usize) {
        if let Some(permit) = &self.permit {
            permit.sent(events, bytes);
        }
    }

    /// Enters the span of the stream.
    #[inline]
    pub(crate) fn enter(&self) -> Option<Entered<'_>> {
        self.permit.as_ref().map(Permit::enter)
    }
}
