//! When whom to look after.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::num::NonZeroU64;
use std::time::Duration;

use tokio::time::Instant;

/// When whom to look after: one timer for all connections of a loop.
///
/// What is put off, or not wanted any more, stays until its time: who asks for it knows better.
pub(crate) struct Timers {
    start: Instant,
    due: BinaryHeap<Reverse<(Due, u32)>>,
}

/// When, in milliseconds: the first that is not before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Due(NonZeroU64);

impl Timers {
    /// When something is due.
    pub(crate) fn due(&self, at: Instant) -> Due {
        let millis = at.duration_since(self.start).as_nanos().div_ceil(1_000_000);
        // No clock gets there.
        Due(NonZeroU64::MIN.saturating_add(u64::try_from(millis).unwrap_or(u64::MAX)))
    }

    pub(crate) fn push(&mut self, due: Due, key: u32) {
        self.due.push(Reverse((due, key)));
    }

    pub(crate) fn next(&self) -> Option<Instant> {
        let Reverse((Due(due), _)) = self.due.peek()?;
        self.start.checked_add(Duration::from_millis(due.get() - 1))
    }

    /// Takes the first that is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<(Due, u32)> {
        if self.next()? > now {
            return None;
        }
        self.due.pop().map(|Reverse(due)| due)
    }

    /// Forgets what nobody wants any more, when that is the most of it.
    pub(crate) fn shrink(&mut self, live: usize, is_wanted: impl Fn(Due, u32) -> bool) {
        if self.due.len() > 2 * live + 1024 {
            self.due.retain(|Reverse((due, key))| is_wanted(*due, *key));
            self.due.shrink_to_fit();
        }
    }
}

impl Default for Timers {
    fn default() -> Self {
        Self { start: Instant::now(), due: BinaryHeap::new() }
    }
}
