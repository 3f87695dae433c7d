//! One event as it lies in the input.

use alloc::borrow::Cow;
use core::time::Duration;

use crate::block::text;
use crate::{Event, EventId, EventName};

/// One event as it lies in the input of a decoder, or in the decoder: a copy of it is an [`Event`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventRef<'a> {
    pub(crate) data: Option<Cow<'a, str>>,
    pub(crate) name: Option<Cow<'a, str>>,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) retry: Option<Duration>,
    pub(crate) comment: Option<Cow<'a, str>>,
}

impl<'a> EventRef<'a> {
    /// An event with this data, unless what replaces its bytes that are no text makes it grow by
    /// more than `left`.
    #[inline]
    pub(crate) fn with_data(data: &'a [u8], mut left: usize) -> Option<Self> {
        Some(Self { data: Some(text(data, &mut left)?), ..Self::default() })
    }
}

impl EventRef<'_> {
    /// The data, its lines joined by LF. Without data, a browser dispatches nothing.
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// The name; none means `message`.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The id that stands in this block. The *last* event id is the decoder's.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The `retry` that stands in this block, to the letter, up to 2⁶⁴ - 1 ms.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The lines of comment in this block, joined by LF.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
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
