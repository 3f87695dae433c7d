//! In which order, and when, streams are closed that must all be closed in time.

use std::collections::VecDeque;
use std::time::Duration;

/// When to close which stream: one after the other, evenly, and those that may end by themselves at
/// the last. It has no clock: the time is how long ago it was made.
#[derive(Debug)]
pub(crate) struct Plan<T> {
    /// By when all have been given.
    span: Duration,
    /// How many there were at first.
    count: usize,
    /// Those that are left, the next one last.
    left: Vec<T>,
    /// Those that were put off.
    put_off: VecDeque<T>,
}

/// How much of a budget is left for those that were told to say so to their clients.
pub(crate) fn last_words(budget: Duration) -> Duration {
    (budget / 50).min(Duration::from_millis(100))
}

impl<T> Plan<T> {
    /// A plan for these, which are in random order.
    pub(crate) fn new(budget: Duration, open: Vec<T>) -> Self {
        let (span, count) = (budget - last_words(budget), open.len());
        Self { span, count, left: open, put_off: VecDeque::new() }
    }

    /// Who is to be closed by now, and has not been given yet. Those that are not endless, as far as
    /// is known when it is their turn, are put off: to when they are, or else to the last.
    pub(crate) fn due(&mut self, now: Duration, is_endless: impl Fn(&T) -> bool) -> Vec<T> {
        if now >= self.span {
            let mut due = std::mem::take(&mut self.left);
            due.extend(self.put_off.drain(..));
            return due;
        }
        let due = now.as_nanos() * self.count as u128 / self.span.as_nanos() + 1;
        let left = self.count.saturating_sub(usize::try_from(due).unwrap_or(usize::MAX));
        let turn = self.left.split_off(left.min(self.left.len()));
        // As many of those that were put off have another turn: they may be known to be endless by now.
        let again = self.put_off.drain(..turn.len().min(self.put_off.len()));
        let (due, put_off): (Vec<T>, Vec<T>) = again.chain(turn).partition(is_endless);
        self.put_off.extend(put_off);
        due
    }

    /// When the next one is due.
    pub(crate) fn next(&self) -> Option<Duration> {
        if self.left.is_empty() {
            return (!self.put_off.is_empty()).then_some(self.span);
        }
        let given = (self.count - self.left.len()) as u128;
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
