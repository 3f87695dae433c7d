//! A line whose end is still to come.

use alloc::vec::Vec;
use core::mem;

use memchr::memchr2;

use crate::block::{Block, clear, make_room};
use crate::budget::Budget;

/// A line whose end is still to come. As soon as it is known to be one of data, it goes into the
/// block.
#[derive(Clone, Default)]
pub(super) struct Partial {
    /// The start of the line, unless it is known to be one of data.
    start: Vec<u8>,
    /// How many bytes have come if it is.
    data: usize,
    /// How many bytes can be added to either without a look at limits and buffers.
    spare: usize,
}

impl Partial {
    /// Takes bytes that only make a line longer: whoever feeds single bytes should pay for no more
    /// than that.
    #[inline]
    pub(super) fn extend(&mut self, input: &mut &[u8], block: &mut Block) -> bool {
        if input.len() > self.spare {
            return false;
        }
        let is_data = self.data > 0;
        let buffer = if is_data { block.data_mut() } else { &mut self.start };
        match **input {
            [b'\n' | b'\r'] => return false,
            [byte] => buffer.push(byte),
            _ if memchr2(b'\n', b'\r', input).is_some() => return false,
            _ => buffer.extend_from_slice(input),
        }
        self.spare -= input.len();
        self.data += if is_data { input.len() } else { 0 };
        *input = &[];
        true
    }

    /// How many bytes have come.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.data + self.start.len()
    }

    /// Begins the line with bytes that are not those of data.
    pub(super) fn begin(&mut self, start: &[u8]) {
        self.start.extend_from_slice(start);
    }

    /// Adds a part without an end, which is no excess.
    #[inline]
    pub(super) fn add(&mut self, part: &[u8], block: &mut Block, budget: &Budget) {
        if self.data == 0 {
            self.extend_start(part, budget);
            // With the byte after the colon it is known where the value begins.
            if let Some(value @ [first, ..]) = self.start.strip_prefix(b"data:") {
                let value = if *first == b' ' { &value[1..] } else { value };
                self.data = self.start.len();
                block.extend_data(value, budget.max());
                self.start.clear();
            }
        } else {
            self.data += part.len();
            block.extend_data(part, budget.max());
        }
        let (len, room) = match self.start.first() {
            // There must be room for the end of the line.
            None => (self.data, block.data_room().saturating_sub(1)),
            // It may turn out to be data.
            Some(b'd') => (self.start.len(), 0),
            Some(_) => (self.start.len(), self.start.capacity() - self.start.len()),
        };
        self.spare = room.min(budget.room(len));
    }

    /// Ends the line with its last part, which is no excess. Gives the line, unless it is one of
    /// data: then the block has it.
    #[inline]
    pub(super) fn finish(
        &mut self,
        tail: &[u8],
        block: &mut Block,
        budget: &Budget,
    ) -> Option<Vec<u8>> {
        self.spare = 0;
        if self.data > 0 {
            block.extend_data(tail, budget.max());
            block.end_data();
            self.data = 0;
            return None;
        }
        self.extend_start(tail, budget);
        Some(mem::take(&mut self.start))
    }

    /// Gives the room back of a line that was read.
    #[inline]
    pub(super) fn give_back(&mut self, mut line: Vec<u8>) {
        clear(&mut line);
        self.start = line;
    }

    /// Looks at the limits before it takes anything more: they have changed.
    pub(super) fn look_at_limits(&mut self) {
        self.spare = 0;
    }

    /// Forgets the line.
    pub(super) fn clear(&mut self) {
        self.data = 0;
        self.spare = 0;
        clear(&mut self.start);
    }

    fn extend_start(&mut self, part: &[u8], budget: &Budget) {
        make_room(&mut self.start, part.len(), budget.max_line());
        self.start.extend_from_slice(part);
    }
}
