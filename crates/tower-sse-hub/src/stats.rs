//! What a hub counts.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::GapReason;

/// What a hub has counted since it was made, and what it holds now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many topics there are: those of which something is kept, or to which somebody subscribes.
    pub topics: usize,
    /// How many subscriptions there are.
    pub subscribers: usize,
    /// How many bytes the events that are kept take, with what [`Retention`](crate::Retention) adds.
    pub bytes: usize,
    /// How many events were published, and topics finished; with a log, by all who share it, as they
    /// came to this hub.
    pub published: u64,
    /// How many subscriptions resumed without a gap.
    pub resumed: u64,
    /// How many events those had missed who resumed, and how many were read from the log for those
    /// who were slow.
    pub replayed: u64,
    /// How many streams were ended since the log was out of reach: see
    /// [`Builder::with_isolation`](crate::Builder::with_isolation).
    pub turned_away: u64,
    /// How many entries of the log were skipped, since nobody here can read them.
    pub skipped_entries: u64,
    /// How many gaps were told, by reason.
    pub gaps: Gaps,
    /// What became of subscribers that were too slow.
    pub lagged: Lagged,
}

/// How many gaps were told, by reason: see [`GapReason`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Gaps {
    /// What comes next was forgotten.
    pub trimmed: u64,
    /// The log has lost its end, or the id was made up.
    pub reset: u64,
    /// The id was somebody else's, or of another life.
    pub foreign: u64,
    /// There was too much to give.
    pub too_old: u64,
}

/// What became of subscribers that were too slow: see [`Lag`](crate::Lag).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Lagged {
    /// How many streams were ended.
    pub disconnected: u64,
    /// How often one was told of a gap and went on.
    pub skipped: u64,
    /// How many events were given since they were the newest of their key.
    pub conflated: u64,
}

/// The counters behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) subscribers: Counter,
    pub(crate) published: Counter,
    pub(crate) resumed: Counter,
    pub(crate) replayed: Counter,
    pub(crate) skipped_entries: Counter,
    pub(crate) turned_away: Counter,
    pub(crate) disconnected: Counter,
    pub(crate) skipped: Counter,
    pub(crate) conflated: Counter,
    trimmed: Counter,
    reset: Counter,
    foreign: Counter,
    too_old: Counter,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counters {
    pub(crate) fn gap(&self, reason: GapReason) {
        match reason {
            GapReason::Trimmed => &self.trimmed,
            GapReason::Reset => &self.reset,
            GapReason::Foreign => &self.foreign,
            GapReason::TooOld => &self.too_old,
        }
        .add(1);
    }

    pub(crate) fn read(&self) -> Stats {
        Stats {
            subscribers: self.subscribers.read() as usize,
            published: self.published.read(),
            resumed: self.resumed.read(),
            replayed: self.replayed.read(),
            skipped_entries: self.skipped_entries.read(),
            turned_away: self.turned_away.read(),
            gaps: Gaps {
                trimmed: self.trimmed.read(),
                reset: self.reset.read(),
                foreign: self.foreign.read(),
                too_old: self.too_old.read(),
            },
            lagged: Lagged {
                disconnected: self.disconnected.read(),
                skipped: self.skipped.read(),
                conflated: self.conflated.read(),
            },
            ..Stats::default()
        }
    }
}

impl Counter {
    pub(crate) fn add(&self, n: usize) {
        self.0.fetch_add(n as u64, Ordering::Relaxed);
    }

    pub(crate) fn sub(&self, n: usize) {
        self.0.fetch_sub(n as u64, Ordering::Relaxed);
    }

    fn read(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
