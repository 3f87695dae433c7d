//! The ids that a hub sends: places that prove themselves.

use std::fmt;

use tower_sse_codec::EventId;

use crate::Mark;

/// What an id of a hub says: in which log, and where in it.
///
/// As text it is `<tag>.<position>~<check>`, in letters that any client can send back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cursor<'a> {
    pub(crate) tag: &'a str,
    pub(crate) mark: Mark,
}

/// No id of a hub is longer, in bytes.
pub(crate) const MAX_ID_LEN: usize = 128;

impl<'a> Cursor<'a> {
    /// Reads an id, if it is one of a hub.
    pub(crate) fn parse(id: &'a EventId) -> Option<Self> {
        let text = id.as_str();
        let (tag, rest) = text.split_once('.').filter(|_| text.len() <= MAX_ID_LEN)?;
        let (position, check) = rest.split_once('~')?;
        let mark =
            Mark { position: position.parse().ok()?, check: u32::from_str_radix(check, 16).ok()? };
        let cursor = Self { tag, mark };
        // There is one way to write it: `+1`, `01` and `A` are somebody else's.
        (cursor.to_string() == text).then_some(cursor)
    }

    pub(crate) fn id(&self) -> EventId {
        EventId::new(self.to_string()).expect("digits and letters break no line")
    }
}

impl fmt::Display for Cursor<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}~{:08x}", self.tag, self.mark.position, self.mark.check)
    }
}

#[cfg(test)]
mod tests;
