//! What is measured at a time.

use crate::corpus::{CORPORA, Corpus, Recording};
use crate::cut::Cut;

/// A corpus in chunks of one kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) corpus: &'static Corpus,
    pub(crate) cut: Cut,
}

impl Cell {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        CORPORA.iter().flat_map(|corpus| corpus.cuts.iter().map(|&cut| Self { corpus, cut }))
    }

    /// The cell whose events are half the size, if there is one.
    pub(crate) fn half(&self) -> Option<Self> {
        let half = self.corpus.half?;
        Self::all().find(|cell| cell.corpus.name == half && cell.cut == self.cut)
    }

    /// Such as `delta/16k`.
    pub(crate) fn name(&self) -> String {
        format!("{}/{}", self.corpus.name, self.cut)
    }

    /// A stream that stays in the processor's second cache, as one does that was just received.
    pub(crate) fn recording(&self) -> Recording {
        self.corpus.record(if self.cut == Cut::BYTE { 64 << 10 } else { 1 << 20 })
    }
}
