//! The `event:` of an event.

use crate::text::{Text, checked_text, holds};

/// The `event:` of an event, by which a browser picks the listener: any text without CR or LF.
///
/// `message` and the empty name are what a browser calls an event without a name. The listeners of
/// `open` and `error` are also called when the connection opens and breaks: other names are better.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct EventName(Text);

/// An event name contained CR or LF.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidEventName;

const FORBIDDEN: &[u8] = b"\r\n";

impl EventName {
    /// A name with this text.
    ///
    /// # Errors
    /// When the text contains CR or LF.
    pub fn new(text: impl Into<Text>) -> Result<Self, InvalidEventName> {
        let text = text.into();
        if holds(&text, FORBIDDEN) { Err(InvalidEventName) } else { Ok(Self(text)) }
    }

    /// A name from a literal, without an allocation.
    ///
    /// # Panics
    /// When the literal contains CR or LF; in a `const`, that is a compile error.
    pub const fn from_static(text: &'static str) -> Self {
        assert!(!holds(text, FORBIDDEN), "event name contains a line break");
        Self(Text::from_static(text))
    }
}

checked_text!(EventName, InvalidEventName, "event name contains a line break");
