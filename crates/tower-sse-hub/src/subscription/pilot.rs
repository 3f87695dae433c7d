//! One read for many subscribers.

use std::sync::Arc;
use std::task::Waker;

use tower_sse_codec::Encoded;

use super::Subscription;
use crate::checkpoint::Place;
use crate::history::Taken;
use crate::reader::{Next, Reader};
use crate::shared::{ISOLATED, Shared};
use crate::{Mark, Position};

/// Reads what comes next in a topic for all subscribers that are at the same place.
#[doc(hidden)]
#[derive(Debug)]
pub struct Pilot {
    hub: Arc<Shared>,
    reader: Reader,
    generation: u64,
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
    taken: Taken,
    stand: Stand,
}

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

    /// Who reads on from here. It is at a place where it [stands](Subscription::stand).
    #[doc(hidden)]
    pub fn pilot(&self) -> Pilot {
        let topics = self.reader.topics().cloned();
        let reader = Reader::new(topics, self.reader.at());
        Pilot { hub: Arc::clone(&self.hub), reader, generation: self.generation }
    }

    /// Takes what a pilot has found at the place where it stands.
    #[doc(hidden)]
    pub fn leap(&mut self, leap: &Leap) {
        let last = leap.taken.last;
        #[cfg(feature = "metrics")]
        if self.timed.is_next(self.reader.at().position) {
            self.hub.counters.metrics.written(leap.taken.published);
        }
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
        if self.generation != self.hub.generation() {
            return Found::Other;
        }
        let next = self.reader.next(Position::LAST, Some(waker));
        if self.generation != self.hub.generation() {
            return Found::Other;
        }
        match next {
            Next::Events(taken) if !taken.is_latest => {
                let Mark { position, .. } = taken.last;
                let topic = self.reader.lone().map_or(0, |topic| Arc::as_ptr(topic).addr());
                let stand = Stand { topic, position, generation: self.generation };
                Found::Leap(Leap { taken, stand })
            }
            Next::Nothing => Found::Nothing,
            _ => Found::Other,
        }
    }
}

impl Drop for Pilot {
    fn drop(&mut self) {
        drop(self.reader.leave());
    }
}

impl Leap {
    /// The events.
    #[doc(hidden)]
    pub fn encoded(&self) -> &Encoded {
        &self.taken.encoded
    }

    /// Where they lead to.
    #[doc(hidden)]
    pub fn stand(&self) -> Stand {
        self.stand
    }
}
