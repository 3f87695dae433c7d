//! How long lines and blocks may be.

use crate::TooLong;

/// How long lines and blocks may be, and how much of it the block has taken.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    max_line: usize,
    max_event: usize,
    /// How many bytes the lines of the block may still have, with one for the end of each.
    left: usize,
}

impl Budget {
    pub(crate) fn new(max_line: usize, max_event: usize) -> Self {
        Self { max_line, max_event, left: max_event }
    }

    pub(crate) fn set_max_line(&mut self, bytes: usize) {
        self.max_line = bytes;
    }

    pub(crate) fn set_max_event(&mut self, bytes: usize) {
        let taken = self.max_event - self.left;
        self.max_event = bytes;
        self.left = bytes.saturating_sub(taken);
    }

    /// The next block begins.
    #[inline]
    pub(crate) fn restore(&mut self) {
        self.left = self.max_event;
    }

    /// The most that is ever held of anything.
    #[inline]
    pub(crate) fn max(&self) -> usize {
        self.max_event
    }

    /// The most that is ever held of a line.
    pub(crate) fn max_line(&self) -> usize {
        self.max_line.min(self.max_event)
    }

    /// How many bytes the block may still grow by.
    #[inline]
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// A line of so many bytes ended, which is no excess.
    #[inline]
    pub(crate) fn take(&mut self, line: usize) {
        self.left -= line + 1;
    }

    /// By how much a line of so many bytes, which is no excess, may still grow.
    pub(crate) fn room(&self, line: usize) -> usize {
        (self.max_line - line).min(self.left - line - 1)
    }

    /// What is too long if the line has so many bytes.
    #[inline]
    pub(crate) fn excess(&self, line: usize) -> Option<TooLong> {
        // The end of the line counts as well, as one of the bytes that are left.
        if line <= self.max_line && line < self.left {
            return None;
        }
        Some(if self.max_line < self.left {
            TooLong::Line { limit: self.max_line }
        } else {
            self.event_too_long()
        })
    }

    pub(crate) fn event_too_long(&self) -> TooLong {
        TooLong::Event { limit: self.max_event }
    }
}
