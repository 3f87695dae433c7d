//! A place that proves itself.

use crate::Position;

/// A position in a log, and a check: a number that tells its entry from another that had the same
/// position in another life of the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Mark {
    /// The position.
    pub position: Position,
    /// The check.
    pub check: u32,
}
