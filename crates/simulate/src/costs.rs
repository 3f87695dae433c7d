//! What things cost.

/// What things cost, in seconds of one core, or of waiting.
///
/// Those of the logs were measured with events of 100 bytes, on two cores of an AMD EPYC, on
/// 2026-11-26; those of a node at other times, and that of a frame on another machine of two cores, in
/// few rounds. Ratios carry over to other machines, times do not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Costs {
    /// Of the log: to store an entry, to answer a read, and for each entry in the answer.
    pub(crate) append: f64,
    pub(crate) read: f64,
    pub(crate) entry: f64,
    /// From a node to the log, or back: assumed, as it is within a data centre.
    pub(crate) network: f64,
    /// Of a node: to take an entry in (`cargo bench -p tower-sse-hub --bench hub`).
    pub(crate) insert: f64,
    /// To write a frame to a subscriber, and for each event in it (`bench-server hyper`, under load).
    pub(crate) frame: f64,
    pub(crate) event: f64,
    /// To take in a client who comes back (`churn`, with the clients' part).
    pub(crate) resume: f64,
}

const MICRO: f64 = 1e-6;

const NODE: Costs = Costs {
    append: 0.0,
    read: 0.0,
    entry: 0.0,
    network: 250.0 * MICRO,
    insert: 0.8 * MICRO,
    frame: 6.7 * MICRO,
    event: 0.065 * MICRO,
    resume: 86.0 * MICRO,
};

impl Costs {
    /// `redis-server` 7.0 by its processor time: `XADD`, four at a time, and `XRANGE` of 1 and of 512.
    pub(crate) fn redis() -> Self {
        Self { append: 6.5 * MICRO, read: 17.0 * MICRO, entry: 0.75 * MICRO, ..NODE }
    }

    /// `nats-server` 2.9 by its processor time: a confirmed publish to a file, and pulls of 512, which
    /// stay open over many entries.
    pub(crate) fn nats() -> Self {
        Self { append: 10.0 * MICRO, read: 0.0, entry: 5.4 * MICRO, ..NODE }
    }
}
