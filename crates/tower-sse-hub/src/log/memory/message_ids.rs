//! The message ids of the last while.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;
use tower_sse_codec::Text;

use crate::{Mark, Position};

/// The message ids of the last while, and where their entries are.
pub(super) struct MessageIds {
    window: Duration,
    marks: HashMap<Text, Mark>,
    /// All of them, in the order in which they came.
    order: VecDeque<(Instant, Text)>,
}

const MOST: usize = 10_000;

impl MessageIds {
    pub(super) fn new() -> Self {
        let window = Duration::from_secs(120);
        Self { window, marks: HashMap::new(), order: VecDeque::new() }
    }

    pub(super) fn set_window(&mut self, window: Duration) {
        self.window = window;
    }

    /// The entry that came with this id.
    pub(super) fn known(&mut self, id: &Text, now: Instant) -> Option<Mark> {
        while self.order.front().is_some_and(|(at, _)| now - *at >= self.window) {
            self.forget_oldest();
        }
        self.marks.get(id).copied()
    }

    /// Adds an id that is not known.
    pub(super) fn insert(&mut self, id: Text, mark: Mark, now: Instant) {
        if self.order.len() == MOST {
            self.forget_oldest();
        }
        self.marks.insert(id.clone(), mark);
        self.order.push_back((now, id));
    }

    /// Forgets those of all entries after this position.
    pub(super) fn lose_after(&mut self, position: Position) {
        self.marks.retain(|_, mark| mark.position <= position);
        self.order.retain(|(_, id)| self.marks.contains_key(id));
    }

    fn forget_oldest(&mut self) {
        if let Some((_, id)) = self.order.pop_front() {
            self.marks.remove(&id);
        }
    }
}
