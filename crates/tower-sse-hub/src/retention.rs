//! How much a hub remembers.

use std::time::Duration;

/// How much a hub remembers: of each topic, and in all.
///
/// What goes beyond a bound is forgotten, the oldest first. Bytes are those on the wire, and about
/// 90 more for each event.
#[derive(Clone, Debug)]
#[must_use]
pub struct Retention {
    pub(crate) count: usize,
    pub(crate) bytes: usize,
    pub(crate) age: Duration,
    pub(crate) total_bytes: usize,
    pub(crate) keys: usize,
}

impl Retention {
    /// 1,000 events and 1 MiB of each topic, and 1,000 keys beyond, for 5 minutes, and 64 MiB in all.
    pub fn new() -> Self {
        Self {
            count: 1000,
            bytes: 1 << 20,
            age: Duration::from_secs(300),
            total_bytes: 64 << 20,
            keys: 1000,
        }
    }

    /// Sets how many events of each topic are kept, at least one.
    pub fn with_count(mut self, events: usize) -> Self {
        self.count = events.max(1);
        self
    }

    /// Sets how many bytes of each topic are kept. An event that is larger is refused.
    pub fn with_bytes(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Sets for how long an event is kept. Those that are older go when something is published, or
    /// somebody subscribes to their topic.
    pub fn with_age(mut self, age: Duration) -> Self {
        self.age = age;
        self
    }

    /// Sets how many bytes of all topics are kept. An event that is larger is refused.
    pub fn with_total_bytes(mut self, bytes: usize) -> Self {
        self.total_bytes = bytes;
        self
    }

    /// Sets of how many keys of each topic the newest event is kept when it goes beyond the bounds
    /// of count and bytes. See [`Builder::with_key`](crate::Builder::with_key).
    pub fn with_keys(mut self, keys: usize) -> Self {
        self.keys = keys;
        self
    }
}

impl Default for Retention {
    fn default() -> Self {
        Self::new()
    }
}
