//! What a subscriber is told about itself: where it begins, and what it misses.

use std::task::Poll;
use std::time::Duration;

use tower_sse_codec::{Encoded, Event, LastEventId};

use super::Subscription;
use crate::gap::{AfterGap, Gap, GapReason, Resumed};
use crate::order::Verdict;
use crate::{Mark, TopicName};

impl Subscription {
    /// Decides where to begin, once.
    pub(super) fn open(&mut self) {
        let Some(opening) = self.take(|pending| pending.opening.take()) else { return };
        #[cfg(feature = "metrics")]
        self.timed.begin(self.hub.settled().position);
        let id = match opening.last_event_id {
            LastEventId::Absent => return self.reader.start(opening.start, &opening.starts),
            LastEventId::Id(id) => id,
            _ => return self.gap(GapReason::Foreign),
        };
        let Some((mark, verdict)) = self.hub.store().mark(&id) else {
            return self.gap(GapReason::Foreign);
        };
        if verdict == Verdict::Reset {
            return self.gap(GapReason::Reset);
        }
        self.reader.seek(mark);
        self.known = Some(mark.position);
        match verdict {
            Verdict::Genuine if !self.reader.misses_any() => self.resumed(0),
            _ if self.hub.behind.is_some() => self.catch_up(true),
            _ => self.gap(GapReason::Trimmed),
        }
    }

    /// Whether something is still to be said that is not published.
    pub(super) fn is_telling(&self) -> bool {
        self.pending.as_ref().is_some_and(|pending| pending.is_telling())
    }

    /// Tells, who wants to know, that nothing is missing, and how much it was, with what has been
    /// `given` already.
    pub(super) fn resumed(&mut self, given: usize) {
        let remembered = self.reader.count(self.hub.settled().position);
        self.hub.counters.resume();
        self.hub.counters.replay(remembered);
        let replayed = given + remembered;
        // Who has all, to the end, is told that by the end.
        if self.tells_resumed && !self.reader.is_over() {
            let event = (self.hub.settings.telling.resumed)(&Resumed { replayed }).without_id();
            self.pending().first = Some(self.reader.private(event.into()));
        }
    }

    /// Tells of a gap, and goes where it goes on.
    pub(super) fn gap(&mut self, reason: GapReason) {
        let was_read = self.take(|pending| pending.catch_up.take()).is_some();
        self.take(|pending| pending.ahead.take());
        if matches!(reason, GapReason::Reset | GapReason::Foreign) {
            self.reader.begin_anew();
            self.known = None;
        }
        // In this order: what comes after it is not passed over.
        let settled = self.hub.settled();
        let of_all = was_read || reason != GapReason::Trimmed;
        let topics = self.reader.tell(of_all, self.after_gap == AfterGap::Live);
        let topics = topics.iter().map(TopicName::as_str).collect();
        #[cfg(feature = "metrics")]
        if reason == GapReason::Reset {
            self.timed.begin(settled.position);
        }
        let gap = Gap { reason, topics, from: self.after_gap };
        // Without an id: a connection that breaks now must not skip what is to come.
        let mut event = (self.hub.settings.telling.gap)(&gap).without_id();
        self.hub.counters.gap(reason);
        match self.after_gap {
            AfterGap::Oldest => self.pending().replay_end = Some(settled),
            AfterGap::Live => {
                self.known = Some(settled.position);
                event = event.with_id(self.hub.id(settled));
                self.reader.seek(settled);
            }
        }
        self.pending().first = Some(self.reader.private(event.into()));
    }

    /// The id with which a replay ends after a gap, unless the last event had it, or a later one.
    pub(super) fn end_of_replay(&mut self) -> Option<Encoded> {
        let end = self.take(|pending| pending.replay_end.take())?;
        if Some(end.position) <= self.known {
            return None;
        }
        self.known = Some(end.position);
        Some(self.checkpoint(end))
    }

    /// Ends, since the log is out of reach, and tells the client to come back, but not with all others.
    pub(super) fn turned_away(&mut self) -> Poll<Option<Encoded>> {
        self.hub.counters.turned_away.add(1);
        self.is_over = true;
        let retry = Duration::from_millis(fastrand::u64(1000..5000));
        Poll::Ready(Some(self.reader.private(Event::default().with_retry(retry).into())))
    }

    fn checkpoint(&self, mark: Mark) -> Encoded {
        self.reader.private(Event::default().with_id(self.hub.id(mark)).into())
    }
}
