//! What the histories of all topics take together, and which of their entries go first.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::sync::Arc;

use tokio::time::Instant;

use crate::history::{History, OVERHEAD};
use crate::topic::Topic;
use crate::{Position, Retention};

/// What the histories of all topics take together, and which of their entries go first.
#[derive(Debug)]
pub(super) struct Budget {
    retention: Retention,
    /// Each topic that has a history, by an entry that is not younger than its oldest.
    oldest: BinaryHeap<Reverse<Due>>,
    /// The size of all histories.
    bytes: usize,
}

#[derive(Debug)]
struct Due {
    position: Position,
    topic: Arc<Topic>,
}

/// How many entries are forgotten by age at once, so that a publisher does not wait for a million.
const SWEEP: usize = 64;

impl Budget {
    pub(super) fn new(retention: Retention) -> Self {
        Self { retention, oldest: BinaryHeap::new(), bytes: 0 }
    }

    /// How many bytes all histories take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether an event of so many bytes, with its key, may be kept.
    pub(super) fn has_room(&self, len: usize) -> bool {
        len + OVERHEAD <= self.retention.bytes.min(self.retention.total_bytes)
    }

    /// Adds an entry at this position to the history of a topic, which forgets what is beyond its
    /// own bounds.
    pub(super) fn add(
        &mut self,
        topic: &Arc<Topic>,
        history: &mut History,
        position: Position,
        push: impl FnOnce(&mut History),
    ) {
        if !history.is_due {
            history.is_due = true;
            self.oldest.push(Reverse(Due { position, topic: Arc::clone(topic) }));
        }
        let before = history.total_bytes();
        push(history);
        while history.len() > self.retention.count || history.bytes() > self.retention.bytes {
            history.trim();
        }
        self.bytes = self.bytes - before + history.total_bytes();
    }

    /// Forgets what is too old, and what there is no room for. Topics of which nothing is left are
    /// given away, and are not locked.
    pub(super) fn sweep(&mut self, now: Instant, mut emptied: impl FnMut(&Topic)) {
        let mut by_age = 0;
        while let Some(mut due) = self.oldest.peek_mut() {
            let Reverse(Due { position, topic }) = &mut *due;
            let topic = Arc::clone(topic);
            let mut state = topic.lock();
            let history = &mut state.history;
            let Some((oldest, at)) = history.oldest() else {
                history.is_due = false;
                PeekMut::pop(due);
                drop(state);
                emptied(&topic);
                continue;
            };
            if oldest != *position {
                *position = oldest;
                continue;
            }
            let is_old = now.saturating_duration_since(at) >= self.retention.age;
            if self.bytes <= self.retention.total_bytes && (!is_old || by_age >= SWEEP) {
                return;
            }
            by_age += 1;
            self.bytes -= history.total_bytes();
            history.forget_oldest();
            self.bytes += history.total_bytes();
            if history.oldest().is_none() {
                history.is_due = false;
                PeekMut::pop(due);
                drop(state);
                emptied(&topic);
            }
        }
    }

    /// Forgets what is too old of one topic.
    pub(super) fn sweep_topic(&mut self, topic: &Topic, now: Instant) {
        let mut state = topic.lock();
        let history = &mut state.history;
        let is_old = |at| now.saturating_duration_since(at) >= self.retention.age;
        self.bytes -= history.total_bytes();
        while history.oldest().is_some_and(|(_, at)| is_old(at)) {
            history.forget_oldest();
        }
        self.bytes += history.total_bytes();
    }

    /// Begins anew, since all histories do.
    pub(super) fn clear(&mut self) {
        self.oldest.clear();
        self.bytes = 0;
    }
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.position == other.position
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.position.cmp(&other.position)
    }
}

#[cfg(test)]
mod tests;
