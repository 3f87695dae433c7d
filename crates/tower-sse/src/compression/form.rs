//! The compressed forms of one event.

use bytes::Bytes;

use super::sum::Sum;

/// The compressed forms of one event of a group.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    /// For who has read all of the group from the keyframe on.
    pub(crate) linked: Bytes,
    /// The number of that keyframe.
    pub(crate) keyframe: u64,
    /// How many of the event's first bytes are not in it.
    pub(crate) apart: usize,
    /// For everyone, made when it is needed.
    pub(crate) alone: Option<Bytes>,
    /// The length of the event itself.
    pub(crate) len: usize,
    /// Of all that was linked up to the event, and up to its end.
    pub(crate) before: Sum,
    pub(crate) after: Sum,
}

impl Form {
    /// How much memory it takes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.linked.len() + self.alone.as_ref().map_or(0, Bytes::len)
    }
}
