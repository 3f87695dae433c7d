//! What goes to the recorder of the `metrics` crate.

use metrics::{Counter, Histogram, counter, describe_counter, describe_histogram, histogram};
use tokio::time::Instant;

use crate::{GapReason, Lag, Position};

/// What a [`Hub`](crate::Hub) gives to the recorder of the [`metrics`] crate: all names, and what
/// they say. A label has the values of [`GapReason`] or [`Lag`] and no others; several hubs in one
/// process count together.
///
/// The recorder must be installed before the hub is made.
///
/// ```
/// for (name, help) in tower_sse_hub::METRICS {
///     println!("{name}: {help}");
/// }
/// ```
pub const METRICS: [(&str, &str); 6] =
    [PUBLISHED, RESUMED, REPLAYED, GAPS, LAGGED, PUBLISH_TO_WRITE];

const PUBLISHED: (&str, &str) =
    ("sse_hub_published_total", "Events that came to the hub, and ends of topics (counter).");
const RESUMED: (&str, &str) =
    ("sse_hub_resumed_total", "Subscriptions that resumed without a gap (counter).");
const REPLAYED: (&str, &str) =
    ("sse_hub_replayed_total", "Events that subscribers had missed and got (counter).");
const GAPS: (&str, &str) = ("sse_hub_gaps_total", "Gaps that were told, by `reason` (counter).");
const LAGGED: (&str, &str) = (
    "sse_hub_lagged_total",
    "What became of subscribers that were too slow, by `policy`: streams that were ended, gaps that \
     were skipped, events that were the newest of their key (counter).",
);
const PUBLISH_TO_WRITE: (&str, &str) = (
    "sse_hub_publish_to_write_seconds",
    "From when an event was published until a stream gave it to be written: of the oldest in every \
     sixteenth read of each subscriber (histogram).",
);

/// The handles, so that nothing is looked up while events are published.
#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) published: Counter,
    pub(crate) resumed: Counter,
    pub(crate) replayed: Counter,
    gaps: [Counter; GapReason::ALL.len()],
    lagged: [Counter; Lag::ALL.len()],
    publish_to_write: Histogram,
}

impl Metrics {
    pub(crate) fn gap(&self, reason: GapReason) {
        self.gaps[reason as usize].increment(1);
    }

    pub(crate) fn lag(&self, policy: Lag) {
        self.lagged[policy as usize].increment(1);
    }

    /// The time from when an event was published until now.
    pub(crate) fn written(&self, published: Instant) {
        self.publish_to_write.record(published.elapsed());
    }
}

impl Default for Metrics {
    fn default() -> Self {
        for (name, help) in [PUBLISHED, RESUMED, REPLAYED, GAPS, LAGGED] {
            describe_counter!(name, help);
        }
        describe_histogram!(PUBLISH_TO_WRITE.0, PUBLISH_TO_WRITE.1);
        Self {
            published: counter!(PUBLISHED.0),
            resumed: counter!(RESUMED.0),
            replayed: counter!(REPLAYED.0),
            gaps: GapReason::ALL.map(|reason| counter!(GAPS.0, "reason" => reason.as_str())),
            lagged: Lag::ALL.map(|policy| counter!(LAGGED.0, "policy" => policy.as_str())),
            publish_to_write: histogram!(PUBLISH_TO_WRITE.0),
        }
    }
}

/// Which reads of a subscriber are timed: one in so many, since the clock and the histogram take as
/// long as the read does, and none of what was there before the subscriber was.
#[derive(Debug, Default)]
pub(crate) struct Timed {
    reads: u8,
    live_from: Position,
}

const ONE_IN: u8 = 16;

impl Timed {
    /// What was published up to here is not timed.
    pub(crate) fn begin(&mut self, live_from: Position) {
        self.live_from = live_from;
    }

    /// Whether to time a read of what comes after this place.
    pub(crate) fn is_next(&mut self, after: Position) -> bool {
        if after < self.live_from {
            return false;
        }
        let reads = self.reads;
        self.reads = (reads + 1) % ONE_IN;
        reads == 0
    }
}

#[cfg(test)]
mod tests;
