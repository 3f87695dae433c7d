//! What was counted.

use crate::{Cause, Reason};

/// What [`Streams`](crate::Streams) have counted since they were made, and what is open now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// How many are open.
    pub open: usize,
    /// How many were let in.
    pub opened: u64,
    /// How many events they have sent.
    pub events: u64,
    /// How many bytes they have sent, with keep-alives.
    pub bytes: u64,
    pub(crate) ended: [u64; Reason::ALL.len()],
    pub(crate) refused: [u64; Cause::ALL.len()],
}

impl Stats {
    /// How many have ended for this reason.
    pub fn ended(&self, reason: Reason) -> u64 {
        self.ended[reason as usize]
    }

    /// How many were refused for this cause.
    pub fn refused(&self, cause: Cause) -> u64 {
        self.refused[cause as usize]
    }
}
