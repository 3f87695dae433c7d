//! One read for many subscribers.

use std::sync::Arc;
use std::task::Waker;

use bytes::{Bytes, BytesMut};
use tower_sse_codec::Encoded;

use super::Subscription;
use crate::checkpoint::Place;
use crate::reader::{Next, Reader};
use crate::shared::{ISOLATED, Shared};
use crate::{Mark, Position};

/// Reads what comes next in a topic for all subscribers that are at the same place.
#[doc(hidden)]
#[derive(Debug)]
pub struct Pilot {
    hub: Arc<Shared>,
    reader: Reader,
    /// Where it began.
    stand: Stand,
}

/// At which place a subscriber waits: those at the same one get the same.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Stand {
    topic: usize,
    position: Position,
    generation: u64,
}

/// What comes next for all who are at a place.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Leap {
    bytes: Bytes,
    events: usize,
    last: Mark,
    is_last: bool,
    stand: Stand,
}

/// Up to how many bytes events are joined that are ready: it is done once for all.
const JOINED: usize = 48 * 1024;

/// What a pilot has found.
#[doc(hidden)]
#[derive(Debug)]
pub enum Found {
    /// These events.
    Leap(Leap),
    /// Nothing for now.
    Nothing,
    /// What each subscriber has to look at itself.
    Other,
}

impl Subscription {
    /// The place at which it waits, if it is one where others wait for the same. From then on it
    /// does not wait by itself: whoever asks reads with a [`Pilot`], or asks it again.
    #[doc(hidden)]
    pub fn stand(&mut self) -> Option<Stand> {
        let is_plain = !self.is_over
            && self.pending.is_none()
            && self.generation == self.hub.generation()
            && self.generation & ISOLATED == 0;
        if !is_plain {
            return None;
        }
        let topic = Arc::as_ptr(self.reader.rest()?).addr();
        let position = self.reader.at().position;
        Some(Stand { topic, position, generation: self.generation })
    }

    /// Who reads on from here, where it [stands](Subscription::stand).
    #[doc(hidden)]
    pub fn pilot(&self, stand: Stand) -> Pilot {
        let topics = self.reader.topics().cloned();
        let reader = Reader::new(topics, self.reader.at());
        Pilot { hub: Arc::clone(&self.hub), reader, stand }
    }

    /// Takes what a pilot has found at the place where it stands.
    #[doc(hidden)]
    pub fn leap(&mut self, leap: &Leap) {
        let last = leap.last;
        #[cfg(feature = "metrics")]
        self.time(self.reader.at().position);
        self.reader.seek(last);
        self.known = Some(last.position);
        if let Some(passed) = &self.passed {
            let (position, known) = (last.position, self.known);
            passed.set(Place { position, known, latest: false, generation: self.generation });
        }
    }
}

impl Pilot {
    /// What comes next. When nothing does, the waker waits for it, as that of a subscriber does.
    #[doc(hidden)]
    pub fn find(&mut self, waker: &Waker) -> Found {
        if self.is_of_another_log() {
            return Found::Other;
        }
        let found = match self.reader.next(Position::LAST, Some(waker)) {
            Next::Events(first) => Found::Leap(self.leap(&first, waker)),
            Next::Nothing => Found::Nothing,
            _ => Found::Other,
        };
        // Whatever was found, some of it may be of another log by now.
        if self.is_of_another_log() { Found::Other } else { found }
    }

    fn is_of_another_log(&self) -> bool {
        self.stand.generation != self.hub.generation()
    }

    /// What was taken, with what else is ready.
    fn leap(&mut self, first: &Encoded, waker: &Waker) -> Leap {
        let (mut last, mut events) = (self.reader.at(), first.events());
        let mut joined: Option<BytesMut> = None;
        let len =
            |joined: &Option<BytesMut>| joined.as_ref().map_or(first.bytes().len(), BytesMut::len);
        while len(&joined) < JOINED && !self.reader.waits() {
            match self.reader.next(Position::LAST, Some(waker)) {
                Next::Events(more) => {
                    (last, events) = (self.reader.at(), events + more.events());
                    let joined = joined.get_or_insert_with(|| first.bytes()[..].into());
                    joined.extend_from_slice(more.bytes());
                }
                // Whatever it is, it is found again.
                _ => {
                    self.reader.seek(last);
                    break;
                }
            }
        }
        Leap {
            bytes: joined.map_or_else(|| first.bytes().clone(), BytesMut::freeze),
            events,
            last,
            is_last: self.reader.waits(),
            stand: Stand { position: last.position, ..self.stand },
        }
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        let _ = self.reader.leave();
    }
}

impl Leap {
    /// The events, encoded.
    #[doc(hidden)]
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// How many they are.
    #[doc(hidden)]
    pub fn events(&self) -> usize {
        self.events
    }

    /// Whether nothing comes after them for now, and the pilot waits.
    #[doc(hidden)]
    pub fn is_last(&self) -> bool {
        self.is_last
    }

    /// Where they lead to.
    #[doc(hidden)]
    pub fn stand(&self) -> Stand {
        self.stand
    }
}
