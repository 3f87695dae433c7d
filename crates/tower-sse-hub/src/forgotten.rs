//! Topics that were forgotten with all of their history.

use std::hash::{BuildHasher, RandomState};

use crate::TopicName;
use crate::position::Position;

/// Up to where the histories of forgotten topics went, in a fixed number of places.
///
/// Topics share places, so that the answer may be later than the truth: a gap may be told that is
/// none, but never the reverse.
#[derive(Debug)]
pub(crate) struct Forgotten {
    hasher: RandomState,
    trimmed: Box<[Position]>,
}

const PLACES: usize = 4096;

impl Forgotten {
    pub(crate) fn new() -> Self {
        let trimmed = vec![Position::default(); PLACES].into();
        Self { hasher: RandomState::new(), trimmed }
    }

    pub(crate) fn note(&mut self, topic: &TopicName, trimmed: Position) {
        let place = self.place(topic);
        self.trimmed[place] = self.trimmed[place].max(trimmed);
    }

    pub(crate) fn trimmed(&self, topic: &TopicName) -> Position {
        self.trimmed[self.place(topic)]
    }

    fn place(&self, topic: &TopicName) -> usize {
        self.hasher.hash_one(topic.as_str()) as usize % PLACES
    }
}
