//! What a hub counts.

use std::sync::atomic::{AtomicU64, Ordering};

#[cfg(feature = "metrics")]
use crate::metrics::Metrics;
use crate::{GapReason, Lag};

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
    pub lagged: Lags,
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
pub struct Lags {
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
    pub(crate) skipped_entries: Counter,
    pub(crate) turned_away: Counter,
    published: Counter,
    resumed: Counter,
    replayed: Counter,
    gaps: [Counter; GapReason::ALL.len()],
    lagged: [Counter; Lag::ALL.len()],
    #[cfg(feature = "metrics")]
    pub(crate) metrics: Metrics,
}

#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counters {
    pub(crate) fn publish(&self) {
        self.published.add(1);
        #[cfg(feature = "metrics")]
        self.metrics.published.increment(1);
    }

    pub(crate) fn resume(&self) {
        self.resumed.add(1);
        #[cfg(feature = "metrics")]
        self.metrics.resumed.increment(1);
    }

    pub(crate) fn replay(&self, events: usize) {
        self.replayed.add(events);
        #[cfg(feature = "metrics")]
        self.metrics.replayed.increment(events as u64);
    }

    pub(crate) fn gap(&self, reason: GapReason) {
        self.gaps[reason as usize].add(1);
        #[cfg(feature = "metrics")]
        self.metrics.gap(reason);
    }

    /// Somebody was too slow, and this became of it.
    pub(crate) fn lag(&self, policy: Lag) {
        self.lagged[policy as usize].add(1);
        #[cfg(feature = "metrics")]
        self.metrics.lag(policy);
    }

    pub(crate) fn read(&self) -> Stats {
        let gaps = |reason: GapReason| self.gaps[reason as usize].read();
        let lagged = |policy: Lag| self.lagged[policy as usize].read();
        Stats {
            subscribers: self.subscribers.read() as usize,
            published: self.published.read(),
            resumed: self.resumed.read(),
            replayed: self.replayed.read(),
            skipped_entries: self.skipped_entries.read(),
            turned_away: self.turned_away.read(),
            gaps: Gaps {
                trimmed: gaps(GapReason::Trimmed),
                reset: gaps(GapReason::Reset),
                foreign: gaps(GapReason::Foreign),
                too_old: gaps(GapReason::TooOld),
            },
            lagged: Lags {
                disconnected: lagged(Lag::Disconnect),
                skipped: lagged(Lag::Skip),
                conflated: lagged(Lag::Latest),
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
