//! One event as it lies in the input.

use core::time::Duration;

use crate::{Event, EventId, EventName};

/// One event as it lies in the input of a decoder, or in the decoder: a copy of it is an [`Event`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EventRef<'a> {
    pub(crate) data: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) id: Option<&'a str>,
    pub(crate) retry: Option<Duration>,
    pub(crate) comment: Option<&'a str>,
}

impl<'a> EventRef<'a> {
    /// The data, its lines joined by LF. Without data, a browser dispatches nothing.
    pub fn data(&self) -> Option<&'a str> {
        self.data
    }

    /// The name; none means `message`.
    pub fn name(&self) -> Option<&'a str> {
        self.name
    }

    /// The id that stands in this block. The *last* event id is the decoder's.
    pub fn id(&self) -> Option<&'a str> {
        self.id
    }

    /// The `retry` that stands in this block, to the letter, up to 2⁶⁴ - 1 ms.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The lines of comment in this block, joined by LF.
    pub fn comment(&self) -> Option<&'a str> {
        self.comment
    }
}

/// Copies the event. Its retry is at most [`Event::MAX_RETRY`].
impl From<EventRef<'_>> for Event {
    fn from(event: EventRef<'_>) -> Self {
        let name = |name| EventName::new(name).expect("a line has no line break in it");
        let id =
            |id| EventId::new(id).expect("a line has no line break in it, and this one no NUL");
        Self {
            data: event.data.map(Into::into),
            name: event.name.map(name),
            id: event.id.map(id),
            retry: event.retry.map(|retry| retry.min(Self::MAX_RETRY)),
            comment: event.comment.map(Into::into),
        }
    }
}
