//! When whom to look after.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tokio::time::Instant;

/// When whom to look after: one timer for all connections of a loop.
///
/// What is put off, or not wanted any more, stays until its time: who asks for it knows better.
#[derive(Default)]
pub(crate) struct Timers(BinaryHeap<Reverse<(Instant, usize)>>);

impl Timers {
    pub(crate) fn push(&mut self, at: Instant, key: usize) {
        self.0.push(Reverse((at, key)));
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// Takes the first that is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Instant, usize)> {
        self.0.peek().filter(|Reverse((at, _))| *at <= now)?;
        self.0.pop().map(|Reverse(due)| due)
    }

    /// Forgets what nobody wants any more, when that is the most of it.
    pub(crate) fn shrink(&mut self, live: usize, is_wanted: impl Fn(Instant, usize) -> bool) {
        if self.0.len() > 2 * live + 1024 {
            self.0.retain(|Reverse((at, key))| is_wanted(*at, *key));
            self.0.shrink_to_fit();
        }
    }
}
