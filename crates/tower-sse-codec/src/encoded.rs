//! An event's wire bytes.

use bytes::{Bytes, BytesMut};

use crate::{Event, EventId};

/// The wire bytes of one event, made once and free to share.
///
/// A clone costs a reference count. Make it where an event is published, and every connection
/// sends these very bytes.
///
/// It comes from an [`Event`] only, so it holds exactly one, whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    bytes: Bytes,
    id: Option<EventId>,
}

impl Encoded {
    /// The wire bytes, with the empty line at their end. Never empty.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Gives the wire bytes away.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// The id of the event.
    pub fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }
}

impl From<&Event> for Encoded {
    fn from(event: &Event) -> Self {
        // A buffer that fits is frozen without a second allocation.
        let mut bytes = BytesMut::with_capacity(event.encoded_len());
        event.encode(&mut bytes);
        Self { bytes: bytes.freeze(), id: event.id().cloned() }
    }
}

impl From<Event> for Encoded {
    fn from(event: Event) -> Self {
        Self::from(&event)
    }
}
