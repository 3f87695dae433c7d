//! Joining what is ready into one frame.

use bytes::{Bytes, BytesMut};
use tower_sse_codec::Event;

use crate::item::Block;

/// The most bytes that events are joined to.
pub(crate) const LIMIT: usize = 16 * 1024;

/// From this size on, copying shared bytes costs more than a frame of their own.
const UNCOPIED: usize = 4 * 1024;

/// What blocks go into, for as long as it is not full.
pub(crate) trait Sink {
    /// Adds a block.
    fn push(&mut self, block: Block);

    /// Whether it takes no other block.
    fn is_full(&self) -> bool;
}

/// A frame in the making: blocks go in, whole, and bytes come out.
pub(crate) struct Frame {
    blocks: Blocks,
    /// What did not fit any more.
    left: Option<Bytes>,
    /// The frame before was full, so this one may be too.
    busy: bool,
}

enum Blocks {
    /// The only block so far, which is shared: it may leave as it is.
    Lone(Bytes),
    /// Several, or one that is not shared.
    Joined(BytesMut),
}

impl Frame {
    /// A frame that starts with what another has left; `busy` if that one was full.
    pub(crate) fn after(left: Bytes, busy: bool) -> Self {
        Self { blocks: Blocks::Lone(left), left: None, busy }
    }

    /// A frame of an event.
    pub(crate) fn of(event: &Event) -> Self {
        let mut joined = BytesMut::with_capacity(event.encoded_len());
        event.encode(&mut joined);
        Self { blocks: Blocks::Joined(joined), left: None, busy: false }
    }

    /// Whether a frame of a block that is shared takes no other.
    #[inline(always)]
    pub(crate) fn is_full_with(block: &Bytes) -> bool {
        block.len() >= UNCOPIED
    }

    /// A frame of a block that is shared, and another.
    pub(crate) fn of_two(first: Bytes, second: Block) -> Self {
        let mut frame = Self::after(first, false);
        frame.push(second);
        frame
    }

    /// The bytes of the frame, never none, and what is left for the next.
    #[inline(always)]
    pub(crate) fn finish(self) -> (Bytes, Option<Bytes>) {
        let bytes = match self.blocks {
            Blocks::Lone(lone) => lone,
            Blocks::Joined(joined) => joined.freeze(),
        };
        (bytes, self.left)
    }

    fn push_event(&mut self, event: &Event) {
        let joined = self.join(event.encoded_len());
        let start = joined.len();
        event.encode(joined);
        if joined.len() > LIMIT {
            self.left = Some(joined.split_off(start).freeze());
        }
    }

    fn push_shared(&mut self, bytes: Bytes) {
        if bytes.len() >= UNCOPIED || self.len() + bytes.len() > LIMIT {
            self.left = Some(bytes);
        } else {
            self.join(bytes.len()).extend_from_slice(&bytes);
        }
    }

    fn len(&self) -> usize {
        match &self.blocks {
            Blocks::Lone(lone) => lone.len(),
            Blocks::Joined(joined) => joined.len(),
        }
    }

    /// Makes room for a block of this length after those that are there, which are joined from now on.
    fn join(&mut self, len: usize) -> &mut BytesMut {
        if let Blocks::Lone(lone) = &self.blocks {
            // A buffer that fits is frozen without a second allocation, and one that will be full is
            // not grown step by step; the excess is for the block that crosses the limit.
            let room = if self.busy { LIMIT + UNCOPIED } else { lone.len() + len };
            let mut joined = BytesMut::with_capacity(room);
            joined.extend_from_slice(lone);
            self.blocks = Blocks::Joined(joined);
        }
        match &mut self.blocks {
            Blocks::Joined(joined) => joined,
            Blocks::Lone(_) => unreachable!("they were joined"),
        }
    }
}

impl Sink for Frame {
    fn push(&mut self, block: Block) {
        match block {
            Block::Event(event) => self.push_event(&event),
            Block::Encoded(encoded) => self.push_shared(encoded.into_bytes()),
        }
    }

    #[inline(always)]
    fn is_full(&self) -> bool {
        let is_full = match &self.blocks {
            Blocks::Lone(lone) => Self::is_full_with(lone),
            Blocks::Joined(joined) => joined.len() >= LIMIT,
        };
        is_full || self.left.is_some()
    }
}

#[cfg(test)]
mod tests;
