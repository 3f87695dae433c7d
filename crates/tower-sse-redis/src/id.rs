//! The ids of entries.

use std::str;

use tower_sse_hub::Position;

/// A position as the id of an entry. Both numbers are written: Redis takes `17` for `17-0` in one
/// command, and for all of that millisecond in another.
pub(crate) fn write(position: Position) -> String {
    format!("{}-{}", position.first(), position.second())
}

/// The position of this id, if it is one.
pub(crate) fn read(id: &[u8]) -> Option<Position> {
    let (first, second) = str::from_utf8(id).ok()?.split_once('-')?;
    Some(Position::new(first.parse().ok()?, second.parse().ok()?))
}

#[cfg(test)]
mod tests;
