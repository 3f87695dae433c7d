//! The newest events of their keys.

use std::collections::{BTreeMap, HashMap};

use tokio::time::Instant;
use tower_sse_codec::{Encoded, Text};

use crate::history::OVERHEAD;
use crate::{Mark, Position};

/// What a topic keeps beyond its bounds, since it is the newest of its key.
#[derive(Debug)]
pub(crate) struct Latest {
    /// How many are kept.
    cap: usize,
    /// Where the newest event of each key is, kept here or not.
    newest: HashMap<Text, Position>,
    kept: BTreeMap<Position, Kept>,
    bytes: usize,
    /// Whatever was forgotten and has no successor is not after this.
    lost: Position,
}

/// An event that is the newest of its key.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) mark: Mark,
    pub(crate) at: Instant,
    pub(crate) key: Text,
    pub(crate) encoded: Encoded,
}

impl Latest {
    /// Keeps up to `cap` events; whatever came up to `lost` is lost.
    pub(crate) fn new(cap: usize, lost: Position) -> Self {
        Self { cap, newest: HashMap::new(), kept: BTreeMap::new(), bytes: 0, lost }
    }

    /// Notes where the newest event of a key is, and forgets the one before.
    pub(crate) fn note(&mut self, key: &Text, position: Position) {
        if let Some(before) = self.newest.insert(key.clone(), position) {
            self.take(before);
        }
    }

    pub(crate) fn is_newest(&self, key: &Text, position: Position) -> bool {
        self.newest.get(key) == Some(&position)
    }

    /// Keeps an event, at the cost of the oldest.
    pub(crate) fn keep(&mut self, kept: Kept) {
        self.bytes += kept.size();
        self.kept.insert(kept.mark.position, kept);
        while self.kept.len() > self.cap {
            self.forget_oldest();
        }
    }

    /// Forgets the oldest; tells whether there was one.
    pub(crate) fn forget_oldest(&mut self) -> bool {
        let Some((&position, _)) = self.kept.first_key_value() else { return false };
        if let Some(kept) = self.take(position) {
            self.newest.remove(&kept.key);
        }
        self.lose(position);
        true
    }

    /// Forgets a key, if this is its newest event.
    pub(crate) fn forget(&mut self, key: &Text, position: Position) {
        if self.is_newest(key, position) {
            self.newest.remove(key);
        }
    }

    /// Notes that what is here is forgotten, and that nothing came in its place.
    pub(crate) fn lose(&mut self, position: Position) {
        self.lost = self.lost.max(position);
    }

    /// The first after a position.
    pub(crate) fn after(&self, position: Position) -> Option<&Kept> {
        self.kept.range(position.after()..).next().map(|(_, kept)| kept)
    }

    /// How many there are after a position.
    pub(crate) fn count(&self, after: Position) -> usize {
        self.kept.range(after.after()..).count()
    }

    pub(crate) fn oldest(&self) -> Option<&Kept> {
        self.kept.first_key_value().map(|(_, kept)| kept)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn lost(&self) -> Position {
        self.lost
    }

    fn take(&mut self, position: Position) -> Option<Kept> {
        let kept = self.kept.remove(&position)?;
        self.bytes -= kept.size();
        Some(kept)
    }
}

impl Kept {
    /// How much memory it takes, in bytes.
    fn size(&self) -> usize {
        OVERHEAD + size_of::<Self>() + self.key.len() + self.encoded.bytes().len()
    }
}
