//! How many streams may be open.

use crate::Cause;
use crate::streams::registry::Count;

/// How many streams may be open. A stream counts until its body is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) open: usize,
    pub(crate) per_key: usize,
    /// At the limit of a key, its oldest is ended, instead of the new one being refused.
    pub(crate) ends_oldest: bool,
}

/// What makes a new stream possible.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Room {
    /// There is room.
    Free,
    /// The oldest of its key has to go.
    OfOldest,
}

impl Limits {
    pub(crate) const NONE: Self =
        Self { open: usize::MAX, per_key: usize::MAX, ends_oldest: false };

    /// Where a new stream finds room, when so many are open, and these of its key, if it has one.
    pub(crate) fn room(&self, open: usize, of_key: Option<Count>) -> Result<Room, Cause> {
        if open >= self.open {
            return Err(Cause::Full);
        }
        let Some(Count { staying, leaving }) = of_key else { return Ok(Room::Free) };
        if self.ends_oldest {
            // Who is told to go and does not read keeps its place: as many as may stay, no more.
            return match staying {
                _ if leaving >= self.per_key => Err(Cause::KeyFull),
                _ if staying < self.per_key => Ok(Room::Free),
                _ => Ok(Room::OfOldest),
            };
        }
        if staying + leaving < self.per_key { Ok(Room::Free) } else { Err(Cause::KeyFull) }
    }
}

#[cfg(test)]
mod tests;
