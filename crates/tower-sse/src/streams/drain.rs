//! In which order, and when, streams are closed that must all be closed in time.

use std::time::Duration;

/// When to close which stream: one after the other, evenly, and those that end by themselves at the
/// last. It has no clock: the time is how long ago it was made.
#[derive(Debug)]
pub(crate) struct Plan<T> {
    /// By when all have been told, so that they can still say so to their clients.
    span: Duration,
    /// How many there were at first.
    count: usize,
    /// Those that are left, the next one last.
    endless: Vec<T>,
    finite: Vec<T>,
}

impl<T> Plan<T> {
    /// A plan for these, of which the `endless` are in random order.
    pub(crate) fn new(budget: Duration, endless: Vec<T>, finite: Vec<T>) -> Self {
        let last_words = (budget / 50).min(Duration::from_millis(100));
        Self { span: budget - last_words, count: endless.len(), endless, finite }
    }

    /// Who is to be closed by now, and has not been given yet.
    pub(crate) fn due(&mut self, now: Duration) -> Vec<T> {
        if now >= self.span {
            let mut due = std::mem::take(&mut self.endless);
            due.append(&mut self.finite);
            return due;
        }
        let due = now.as_nanos() * self.count as u128 / self.span.as_nanos() + 1;
        let left = self.count.saturating_sub(usize::try_from(due).unwrap_or(usize::MAX));
        self.endless.split_off(left.min(self.endless.len()))
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        if self.endless.is_empty() {
            return (!self.finite.is_empty()).then_some(self.span);
        }
        let given = (self.count - self.endless.len()) as u128;
        Some(nanos((self.span.as_nanos() * given).div_ceil(self.count as u128)))
    }
}

fn nanos(nanos: u128) -> Duration {
    const SECOND: u128 = 1_000_000_000;
    // It is a part of a duration, so it is one.
    Duration::new((nanos / SECOND) as u64, (nanos % SECOND) as u32)
}

#[cfg(test)]
mod tests;
