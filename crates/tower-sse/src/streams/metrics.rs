//! What goes to the recorder of the `metrics` crate.

use std::time::Duration;

use metrics::{
    Counter, Gauge, Histogram, counter, describe_counter, describe_gauge, describe_histogram,
    gauge, histogram,
};

use crate::{Cause, Reason};

/// What [`Streams`](crate::Streams) give to the recorder of the [`metrics`] crate: all names, and
/// what they say. A label has the values of [`Reason::as_str`] or [`Cause::as_str`] and no others.
///
/// The recorder must be installed before the registry is made.
///
/// ```
/// for (name, help) in tower_sse::METRICS {
///     println!("{name}: {help}");
/// }
/// ```
pub const METRICS: [(&str, &str); 7] = [OPEN, OPENED, ENDED, REFUSED, EVENTS, BYTES, FIRST_BYTE];

const OPEN: (&str, &str) = ("sse_streams_open", "Streams that are open (gauge).");
const OPENED: (&str, &str) = ("sse_streams_opened_total", "Streams that were let in (counter).");
const ENDED: (&str, &str) =
    ("sse_streams_ended_total", "Streams that have ended, by `reason` (counter).");
const REFUSED: (&str, &str) =
    ("sse_streams_refused_total", "Streams that were refused, by `cause` (counter).");
const EVENTS: (&str, &str) = ("sse_events_sent_total", "Events that were sent (counter).");
const BYTES: (&str, &str) =
    ("sse_bytes_sent_total", "Bytes that were sent, with keep-alives (counter).");
const FIRST_BYTE: (&str, &str) = (
    "sse_first_byte_seconds",
    "From when a stream was let in until the host had its first bytes (histogram).",
);

/// The handles, so that nothing is looked up while streams run.
pub(crate) struct Metrics {
    open: Gauge,
    opened: Counter,
    ended: [Counter; Reason::ALL.len()],
    refused: [Counter; Cause::ALL.len()],
    events: Counter,
    bytes: Counter,
    first_byte: Histogram,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        describe_gauge!(OPEN.0, OPEN.1);
        for (name, help) in [OPENED, ENDED, REFUSED, EVENTS, BYTES] {
            describe_counter!(name, help);
        }
        describe_histogram!(FIRST_BYTE.0, FIRST_BYTE.1);
        Self {
            open: gauge!(OPEN.0),
            opened: counter!(OPENED.0),
            ended: Reason::ALL.map(|reason| counter!(ENDED.0, "reason" => reason.as_str())),
            refused: Cause::ALL.map(|cause| counter!(REFUSED.0, "cause" => cause.as_str())),
            events: counter!(EVENTS.0),
            bytes: counter!(BYTES.0),
            first_byte: histogram!(FIRST_BYTE.0),
        }
    }

    pub(crate) fn opened(&self) {
        self.opened.increment(1);
        self.open.increment(1.0);
    }

    pub(crate) fn ended(&self, reason: Reason) {
        self.ended[reason as usize].increment(1);
        self.open.decrement(1.0);
    }

    pub(crate) fn refused(&self, cause: Cause) {
        self.refused[cause as usize].increment(1);
    }

    /// What was sent; with the time since the stream was let in, if it was the first.
    pub(crate) fn sent(&self, events: usize, bytes: usize, first: Option<Duration>) {
        self.events.increment(events as u64);
        self.bytes.increment(bytes as u64);
        if let Some(first) = first {
            self.first_byte.record(first);
        }
    }
}

#[cfg(test)]
mod tests;
