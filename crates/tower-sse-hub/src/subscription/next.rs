//! What is ready next: a machine without a task.

use std::task::{Poll, Waker};

use tower_sse_codec::Encoded;

use super::pending::{Opening, Pending};
use super::{Lag, Subscription};
use crate::catch_up::{Ahead, CatchUp, Step};
use crate::gap::GapReason;
use crate::order::Verdict;
use crate::reader::Next;
use crate::shared::ISOLATED;
use crate::{Mark, Position};

impl Subscription {
    #[inline]
    pub(super) fn next(&mut self, waker: Option<&Waker>) -> Poll<Option<Encoded>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let needs_settled = self.passed.is_some() || !self.reader.is_single();
        loop {
            if self.pending.is_some() {
                self.open();
                if let Some(first) = self.take(|pending| pending.first.take()) {
                    return Poll::Ready(Some(first));
                }
            }
            let generation = self.hub.generation();
            if self.generation != generation {
                if generation & ISOLATED != 0 {
                    return self.turned_away();
                }
                self.generation = generation;
                self.gap(GapReason::Reset);
                continue;
            }
            if self.pending.as_ref().is_some_and(|pending| pending.is_elsewhere()) {
                match self.elsewhere(waker) {
                    Some(ready) => return ready,
                    None => continue,
                }
            }
            let settled = self.settled(needs_settled);
            let after = self.reader.at().position;
            let next = self.reader.next(settled.position, waker);
            match next {
                // Whatever it is, it is of another log, which is to be told first; or of none.
                _ if self.generation != self.hub.generation() => {}
                Next::Events(encoded) => return self.give(encoded, after),
                Next::Newest(encoded) => {
                    self.hub.counters.lag(Lag::Latest);
                    return self.give(encoded, after);
                }
                Next::Gap if self.hub.behind.is_some() => self.catch_up(false),
                Next::Gap if self.lag != Lag::Disconnect => {
                    self.hub.counters.lag(Lag::Skip);
                    self.gap(GapReason::Trimmed);
                }
                Next::Gap => {
                    self.hub.counters.lag(Lag::Disconnect);
                    (self.is_over, self.has_lagged) = (true, true);
                    return Poll::Ready(None);
                }
                Next::End => {
                    let end = self.end_of_replay();
                    self.is_over = end.is_none();
                    return Poll::Ready(end);
                }
                // Something may have come since, and be settled now.
                Next::Nothing if self.settled(needs_settled) != settled => {}
                Next::Nothing => {
                    if needs_settled {
                        self.reader.pass(settled);
                    }
                    return self
                        .end_of_replay()
                        .map_or(Poll::Pending, |end| Poll::Ready(Some(end)));
                }
            }
        }
    }

    /// What others have just read here, unless there is anything else to do.
    #[inline]
    pub(super) fn at_hand(&mut self, waker: &Waker) -> Option<Encoded> {
        let is_plain = self.pending.is_none() && self.passed.is_none() && !self.is_over;
        if !is_plain || self.generation != self.hub.generation() {
            return None;
        }
        #[cfg(feature = "metrics")]
        let after = self.reader.at().position;
        let events = self.reader.at_hand(waker)?;
        if self.generation != self.hub.generation() {
            // They are of another log.
            return None;
        }
        #[cfg(feature = "metrics")]
        self.time(after);
        self.known = Some(self.reader.at().position);
        Some(events)
    }

    /// Gives events that were read after this place.
    #[inline(always)]
    fn give(&mut self, events: Encoded, _after: Position) -> Poll<Option<Encoded>> {
        #[cfg(feature = "metrics")]
        self.time(_after);
        self.known = Some(self.reader.at().position);
        Poll::Ready(Some(events))
    }

    /// Takes the time from when it was published to a read of what comes after this place.
    #[cfg(feature = "metrics")]
    #[inline]
    pub(super) fn time(&mut self, after: Position) {
        if self.timed.is_next(after) {
            if let Some(published) = self.reader.published(after) {
                self.hub.counters.metrics.written(published);
            }
        }
    }

    #[inline]
    pub(super) fn is_waiting(&self, waker: &Waker) -> bool {
        !self.is_over && self.pending.is_none() && self.reader.is_waiting(waker)
    }

    /// Where to begin, as long as it has not begun.
    pub(super) fn opening(&mut self) -> Option<&mut Opening> {
        self.pending.as_mut()?.opening.as_mut()
    }

    /// What is to come before what is published.
    pub(super) fn pending(&mut self) -> &mut Pending {
        self.pending.get_or_insert_default()
    }

    /// Takes something of that, if there is any.
    pub(super) fn take<T>(&mut self, take: impl FnOnce(&mut Pending) -> Option<T>) -> Option<T> {
        let pending = self.pending.as_mut()?;
        let taken = take(pending);
        if pending.is_empty() {
            self.pending = None;
        }
        taken
    }

    /// Up to where all is settled, if that matters.
    fn settled(&self, is_needed: bool) -> Mark {
        if is_needed { self.hub.settled() } else { Mark { position: Position::LAST, check: 0 } }
    }

    /// Reads from the log what comes next, which is no longer remembered.
    pub(super) fn catch_up(&mut self, is_resuming: bool) {
        self.pending().catch_up = Some(CatchUp::new(self.reader.at(), is_resuming));
    }

    /// Goes on in the log, or waits until the hub is there too.
    fn elsewhere(&mut self, waker: Option<&Waker>) -> Option<Poll<Option<Encoded>>> {
        match self.step(waker) {
            Some(Step::Event(encoded)) => {
                self.known = Some(self.reader.at().position);
                return Some(Poll::Ready(Some(encoded)));
            }
            Some(Step::Wait) if self.hub.is_late() => return Some(self.turned_away()),
            Some(Step::Wait) => return Some(Poll::Pending),
            Some(Step::Done) => self.caught_up(),
            Some(Step::Gap(reason)) => self.gap(reason),
            None if self.is_ahead() => {
                self.reader.wait(waker);
                // It may have come since.
                return self.is_ahead().then_some(Poll::Pending);
            }
            None => {}
        }
        None
    }

    fn step(&mut self, waker: Option<&Waker>) -> Option<Step> {
        let catch_up = self.pending.as_mut()?.catch_up.as_mut()?;
        let pages = &self.hub.behind.as_ref()?.pages;
        let (head, most) = (self.hub.settled().position, self.hub.settings.max_replay);
        Some(catch_up.step(pages, &mut self.reader, head, most, waker))
    }

    fn caught_up(&mut self) {
        let Some(catch_up) = self.take(|pending| pending.catch_up.take()) else { return };
        if let Some(ahead) = catch_up.ahead(self.reader.at()) {
            self.pending().ahead = Some(ahead);
        }
        self.hub.counters.replay(catch_up.given);
        if catch_up.is_resuming {
            self.resumed(catch_up.given);
        }
    }

    /// Whether it has read further in the log than the hub has, and waits for the hub. Where that
    /// comes to something else in the same place, there is a gap to tell.
    fn is_ahead(&mut self) -> bool {
        let ahead = self.pending.as_ref().and_then(|pending| pending.ahead);
        let Some(Ahead { at, session }) = ahead else { return false };
        let (verdict, head) = self.hub.store().verdict(at);
        if verdict != Verdict::Genuine
            && at.position > head.position
            && session == self.hub.session()
        {
            return true;
        }
        self.take(|pending| pending.ahead.take());
        if verdict != Verdict::Genuine {
            if at.position > head.position {
                // The log has been broken since: it is asked whether it still has that.
                self.catch_up(false);
            } else {
                self.gap(GapReason::Reset);
            }
        }
        false
    }
}
