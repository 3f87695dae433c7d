//! The wire bytes of events.

use bytes::{Bytes, BytesMut};

use crate::field::Field;
use crate::{Event, EventId, Membership};

/// The wire bytes of an event, or of several in a row, made once and free to share.
///
/// A clone costs a reference count. Make it where an event is published, and every connection
/// sends these very bytes.
///
/// It comes from [`Event`]s only, by [`From`] or as part of a [`Run`](crate::Run), so it holds
/// whole events, and at least one.
///
/// Two are equal when their bytes are.
#[derive(Clone, Debug)]
pub struct Encoded {
    bytes: Bytes,
    events: usize,
    membership: Option<Membership>,
}

impl Encoded {
    pub(crate) fn new(bytes: Bytes, events: usize) -> Self {
        debug_assert!(events > 0 && bytes.ends_with(b"\n"), "whole events");
        Self { bytes, events, membership: None }
    }

    /// Says to which group these events belong, and how.
    #[must_use]
    pub fn with_membership(mut self, membership: Membership) -> Self {
        self.membership = Some(membership);
        self
    }

    /// To which group these events belong, if to any.
    pub fn membership(&self) -> Option<Membership> {
        self.membership
    }

    /// The wire bytes, with the empty line at their end. Never empty.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Gives the wire bytes away.
    pub fn into_bytes(self) -> Bytes {
        self.bytes
    }

    /// A copy that keeps no other bytes in memory, and is of no group. A clone may be a small part
    /// of a large run.
    #[must_use]
    pub fn detached(&self) -> Self {
        Self::new(Bytes::copy_from_slice(&self.bytes), self.events)
    }

    /// How many events these are, at least one.
    pub fn events(&self) -> usize {
        self.events
    }

    /// The wire bytes of each event.
    pub fn each(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = &*self.bytes;
        core::iter::from_fn(move || {
            // An empty line ends each, and none is in the midst of one.
            let end = if rest.starts_with(b"\n") {
                // An event with nothing in it is only that line.
                1
            } else {
                memchr::memmem::find(rest, b"\n\n").map_or(rest.len(), |end| end + 2)
            };
            let (event, after) = rest.split_at(if self.events == 1 { rest.len() } else { end });
            rest = after;
            Some(event).filter(|event| !event.is_empty())
        })
    }

    /// The id of the last event that has one: what a client that has read all of it sends back as
    /// its last event id.
    ///
    /// It is read from the bytes, which takes as long as the text before the data is.
    pub fn id(&self) -> Option<EventId> {
        let mut rest = &*self.bytes;
        while let Some((event, before)) = last_event(rest) {
            if let Some(id) = id_in(event) {
                return Some(id);
            }
            rest = before;
        }
        None
    }
}

impl PartialEq for Encoded {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Encoded {}

impl From<&Event> for Encoded {
    fn from(event: &Event) -> Self {
        // A buffer that fits is frozen without a second allocation.
        let mut bytes = BytesMut::with_capacity(event.encoded_len());
        event.encode(&mut bytes);
        Self::new(bytes.freeze(), 1)
    }
}

impl From<Event> for Encoded {
    fn from(event: Event) -> Self {
        Self::from(&event)
    }
}

/// Takes the last event off: an empty line ends each, and none is in the midst of one.
fn last_event(events: &[u8]) -> Option<(&[u8], &[u8])> {
    let lines = events.strip_suffix(b"\n")?;
    let start = memchr::memmem::rfind(lines, b"\n\n").map_or(0, |end| end + 2);
    Some((&lines[start..], &lines[..start]))
}

/// The id in the lines of one event, in which it stands before the data.
fn id_in(event: &[u8]) -> Option<EventId> {
    for line in event.split(|&byte| byte == b'\n').filter(|line| !line.is_empty()) {
        match Field::read(line) {
            Field::Id(id) => {
                let id = core::str::from_utf8(id).expect("an id is text");
                return Some(EventId::new(id).expect("a line has no line break in it"));
            }
            Field::Data(_) => return None,
            _ => {}
        }
    }
    None
}
