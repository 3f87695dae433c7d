//! What goes to the recorder of the `metrics` crate.

use metrics::{Counter, Gauge, counter, describe_counter, describe_gauge, gauge};

use crate::Kept;

/// What a [`Serve`](crate::Serve) gives to the recorder of the [`metrics`] crate: all names, and
/// what they say. A label has the values of [`Kept::as_str`] and no others; several servers in one
/// process count together.
///
/// The recorder must be installed before the server is made.
///
/// ```
/// for (name, help) in tower_sse_serve::METRICS {
///     println!("{name}: {help}");
/// }
/// ```
pub const METRICS: [(&str, &str); 4] = [OPEN, TAKEN_OVER, KEPT, SHARED];

const OPEN: (&str, &str) = ("sse_serve_open", "Streams that are taken over, and open (gauge).");
const TAKEN_OVER: (&str, &str) =
    ("sse_serve_taken_over_total", "Streams that were taken over (counter).");
const KEPT: (&str, &str) =
    ("sse_serve_kept_total", "Streams that were left to hyper, by `reason` (counter).");
const SHARED: (&str, &str) = (
    "sse_serve_shared_total",
    "Writes of what was read from a hub for all who wait at a place (counter).",
);

/// The handles, so that nothing is looked up while streams run.
pub(crate) struct Metrics {
    open: Gauge,
    taken_over: Counter,
    kept: [Counter; Kept::ALL.len()],
    shared: Counter,
}

impl Metrics {
    pub(crate) fn opened(&self) {
        self.taken_over.increment(1);
        self.open.increment(1.0);
    }

    pub(crate) fn closed(&self) {
        self.open.decrement(1.0);
    }

    pub(crate) fn kept(&self, why: Kept) {
        self.kept[why as usize].increment(1);
    }

    pub(crate) fn shared(&self, writes: u64) {
        self.shared.increment(writes);
    }
}

impl Default for Metrics {
    fn default() -> Self {
        describe_gauge!(OPEN.0, OPEN.1);
        for (name, help) in [TAKEN_OVER, KEPT, SHARED] {
            describe_counter!(name, help);
        }
        Self {
            open: gauge!(OPEN.0),
            taken_over: counter!(TAKEN_OVER.0),
            kept: Kept::ALL.map(|why| counter!(KEPT.0, "reason" => why.as_str())),
            shared: counter!(SHARED.0),
        }
    }
}

#[cfg(test)]
mod tests;
