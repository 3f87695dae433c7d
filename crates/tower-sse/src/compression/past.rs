//! What came before the forms of a group.

use std::collections::VecDeque;

use bytes::Bytes;

use super::Settings;
use super::alone::Alone;
use super::compressor::Failed;
use super::sum::Sum;

/// What came before the forms and was wanted again.
#[derive(Default)]
pub(crate) struct Past {
    alone: Alone,
    pieces: VecDeque<Older>,
}

/// Events for everyone, in one piece.
#[derive(Debug)]
pub(crate) struct Older {
    number: u64,
    events: usize,
    pub(crate) bytes: Bytes,
    pub(crate) sum: Sum,
}

/// How many pieces of older events are kept.
const KEPT_OLDER: usize = 4;

impl Past {
    /// What lies before all forms, for everyone.
    pub(crate) fn piece(
        &mut self,
        number: u64,
        events: usize,
        plain: &[u8],
        settings: Settings,
    ) -> Result<&Older, Failed> {
        let same = |older: &Older| older.number == number && older.events == events;
        let at = match self.pieces.iter().position(same) {
            Some(at) => at,
            None => {
                let bytes = self.alone.compress(plain, settings)?;
                let sum = settings.sum(Sum::default(), plain);
                self.pieces.truncate(KEPT_OLDER - 1);
                self.pieces.push_front(Older { number, events, bytes, sum });
                0
            }
        };
        Ok(&self.pieces[at])
    }

    /// How often something was compressed.
    #[cfg(test)]
    pub(crate) fn calls(&self) -> usize {
        self.alone.calls()
    }
}
