//! Joining what is ready into one frame.

use bytes::{Bytes, BytesMut};
use tower_sse_codec::Event;

use crate::item::Block;

/// The most bytes that events are joined to.
const LIMIT: usize = 16 * 1024;

/// From this size on, copying shared bytes costs more than a frame of their own.
const UNCOPIED: usize = 4 * 1024;

/// A frame in the making: blocks go in, whole, and bytes come out.
pub(crate) struct Frame {
    /// The only block so far, if it is shared: it may leave as it is.
    lone: Option<Bytes>,
    /// All blocks so far, if they are several, or not shared.
    joined: BytesMut,
    /// What did not fit any more.
    left: Option<Bytes>,
    /// The frame before was full, so this one may be too.
    busy: bool,
}

impl Frame {
    /// A frame that starts with `lone`; `busy` if that is what a full one has left.
    pub(crate) fn new(lone: Option<Bytes>, busy: bool) -> Self {
        Self { lone, joined: BytesMut::new(), left: None, busy }
    }

    /// Adds a block.
    pub(crate) fn push(&mut self, block: impl Into<Block>) {
        match block.into() {
            Block::Event(event) => self.push_event(&event),
            Block::Encoded(encoded) => self.push_shared(encoded.into_bytes()),
        }
    }

    /// Whether the frame takes no other block.
    pub(crate) fn is_full(&self) -> bool {
        self.left.is_some()
            || self.joined.len() >= LIMIT
            || self.lone.as_ref().is_some_and(|lone| lone.len() >= UNCOPIED)
    }

    /// The bytes of the frame, never an empty one, and what is left for the next.
    pub(crate) fn finish(self) -> (Option<Bytes>, Option<Bytes>) {
        let joined = (!self.joined.is_empty()).then(|| self.joined.freeze());
        (joined.or(self.lone), self.left)
    }

    fn push_event(&mut self, event: &Event) {
        self.join_lone(|| event.encoded_len());
        let start = self.joined.len();
        event.encode(&mut self.joined);
        if start > 0 && self.joined.len() > LIMIT {
            self.left = Some(self.joined.split_off(start).freeze());
        }
    }

    fn push_shared(&mut self, bytes: Bytes) {
        if self.len() == 0 {
            self.lone = Some(bytes);
        } else if bytes.len() >= UNCOPIED || self.len() + bytes.len() > LIMIT {
            self.left = Some(bytes);
        } else {
            self.join_lone(|| bytes.len());
            self.joined.extend_from_slice(&bytes);
        }
    }

    fn len(&self) -> usize {
        self.joined.len() + self.lone.as_ref().map_or(0, Bytes::len)
    }

    /// Makes room for a block after those that are there, which are joined from now on.
    fn join_lone(&mut self, block_len: impl FnOnce() -> usize) {
        if !self.joined.is_empty() {
            return;
        }
        let lone = self.lone.take().unwrap_or_default();
        // A buffer that fits is frozen without a second allocation, and one that will be full is
        // not grown step by step; the excess is for the block that crosses the limit.
        let room = if self.busy { LIMIT + UNCOPIED } else { lone.len() + block_len() };
        self.joined.reserve(room);
        self.joined.extend_from_slice(&lone);
    }
}

#[cfg(test)]
mod tests;
