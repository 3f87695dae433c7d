//! The `id:` of an event.

use alloc::string::ToString;

use crate::text::{Text, checked_text, holds};

/// The `id:` of an event: any text without CR, LF or NUL.
///
/// A browser sends the last one back as `Last-Event-ID` when it reconnects. It cannot do so with
/// every id: those over 128 bytes, or with bytes such as `<`, are no CORS-safe header values, and
/// several Node clients stop reconnecting after a character above U+00FF. Short ASCII is right.
///
/// The empty id is allowed. It makes the client forget the last one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventId(Text);

/// An event id contained CR, LF or NUL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidEventId;

// A decoder ignores an id with NUL; a line break would start another field.
const FORBIDDEN: &[u8] = b"\r\n\0";

impl EventId {
    /// An id with this text.
    ///
    /// # Errors
    /// When the text contains CR, LF or NUL.
    pub fn new(text: impl Into<Text>) -> Result<Self, InvalidEventId> {
        let text = text.into();
        if holds(&text, FORBIDDEN) { Err(InvalidEventId) } else { Ok(Self(text)) }
    }

    /// An id from a literal, without an allocation.
    ///
    /// # Panics
    /// When the literal contains CR, LF or NUL; in a `const`, that is a compile error.
    pub const fn from_static(text: &'static str) -> Self {
        assert!(!holds(text, FORBIDDEN), "event id contains a line break or NUL");
        Self(Text::from_static(text))
    }
}

checked_text!(EventId, InvalidEventId, "event id contains a line break or NUL");

impl From<u64> for EventId {
    fn from(number: u64) -> Self {
        Self(number.to_string().into())
    }
}
