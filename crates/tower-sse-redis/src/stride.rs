//! How many entries are asked for at once.

use std::sync::atomic::{AtomicUsize, Ordering};

use redis::RedisError;

/// How many entries are asked for at once: so many that an answer is large enough to be worth the
/// way, and small enough to come in time. Redis counts entries only, so it is learnt from answers.
#[derive(Debug)]
pub(crate) struct Stride(AtomicUsize);

const FIRST: usize = 32;
const MOST: usize = 1024;

/// An answer of fewer bytes could be larger.
const SMALL: usize = 1 << 20;
/// An answer of more bytes should be smaller.
const LARGE: usize = 4 << 20;

impl Stride {
    pub(crate) fn new() -> Self {
        Self(AtomicUsize::new(FIRST))
    }

    pub(crate) fn entries(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// Learns from an answer of so many entries.
    pub(crate) fn learn(&self, entries: usize, bytes: usize) {
        let now = self.entries();
        if bytes > LARGE {
            self.0.store((now / 2).max(1), Ordering::Relaxed);
        } else if bytes < SMALL && entries >= now {
            self.0.store((now * 2).min(MOST), Ordering::Relaxed);
        }
    }

    /// Learns from an answer that did not come: it may have been too large to come in time.
    pub(crate) fn learn_of(&self, error: &RedisError) {
        if error.is_timeout() {
            self.0.store((self.entries() / 4).max(1), Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests;
