//! The entries of one topic that are remembered.

use std::collections::VecDeque;
use std::collections::vec_deque::Iter;

use tokio::time::Instant;
use tower_sse_codec::Encoded;

use crate::position::Position;

/// One entry of a topic.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) position: Position,
    pub(crate) at: Instant,
    pub(crate) kind: Kind,
}

/// What an entry is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    Event(Encoded),
    /// The topic is finished: nothing comes after it.
    End,
}

/// The entries of one topic that are remembered, in their order.
#[derive(Debug, Default)]
pub(crate) struct History {
    entries: VecDeque<Entry>,
    bytes: usize,
    /// Whatever was forgotten is not after this.
    trimmed: Position,
    /// The store looks at it when the oldest entries go. One that has become empty may still be in
    /// its list, and must not be put there twice.
    pub(crate) is_due: bool,
}

/// What an entry takes beside its bytes: its place here, its id, and what is around both.
const OVERHEAD: usize = size_of::<Entry>() + 96;

impl Entry {
    /// How much memory it takes, in bytes.
    pub(crate) fn size(&self) -> usize {
        match &self.kind {
            Kind::Event(encoded) => OVERHEAD + encoded.bytes().len(),
            Kind::End => OVERHEAD,
        }
    }
}

impl History {
    /// A history of which everything up to `trimmed` is forgotten.
    pub(crate) fn after_trim(trimmed: Position) -> Self {
        Self { trimmed, ..Self::default() }
    }

    /// Adds an entry, which must come after all others.
    pub(crate) fn push(&mut self, entry: Entry) {
        debug_assert!(self.entries.back().is_none_or(|last| last.position < entry.position));
        self.bytes += entry.size();
        self.entries.push_back(entry);
    }

    /// Forgets the oldest entry.
    pub(crate) fn forget_oldest(&mut self) -> Option<Entry> {
        let entry = self.entries.pop_front()?;
        self.bytes -= entry.size();
        self.trimmed = entry.position;
        if self.entries.is_empty() {
            self.entries = VecDeque::new();
        }
        Some(entry)
    }

    /// The entries after a position: found in logarithmic time.
    pub(crate) fn after(&self, position: Position) -> Iter<'_, Entry> {
        let start = self.entries.partition_point(|entry| entry.position <= position);
        self.entries.range(start..)
    }

    pub(crate) fn oldest(&self) -> Option<&Entry> {
        self.entries.front()
    }

    /// Where the entry is that is the n-th from the end, or else the oldest.
    pub(crate) fn last(&self, n: usize) -> Option<Position> {
        let start = self.entries.len().saturating_sub(n);
        self.entries.get(start).map(|entry| entry.position)
    }

    /// Where the topic was finished, if it was.
    pub(crate) fn end(&self) -> Option<Position> {
        match self.entries.back() {
            Some(Entry { kind: Kind::End, position, .. }) => Some(*position),
            _ => None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn trimmed(&self) -> Position {
        self.trimmed
    }
}
