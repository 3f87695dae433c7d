//! The topics of a reader, and what it knows of each.

use std::ops::{Deref, DerefMut};
use std::slice;
use std::sync::Arc;
use std::task::Waker;

use crate::Position;
use crate::history::History;
use crate::topic::Topic;
use crate::waiters::Place;

/// One topic, or several: most readers have one, and save the way to it.
#[derive(Debug)]
pub(super) enum Seats {
    One(Seat),
    Many(Box<[Seat]>),
}

/// A topic, and the place among those who wait for more of it.
#[derive(Debug)]
pub(super) struct Seat {
    pub(super) topic: Arc<Topic>,
    pub(super) place: Place,
    /// Most have nothing of it.
    notes: Option<Box<Notes>>,
}

/// What a reader knows of a topic.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Notes {
    /// What comes up to here is not wanted.
    pub(super) from: Position,
    /// Of what was forgotten up to here, the subscriber knows.
    pub(super) told: Position,
    /// The log has said that the topic is finished.
    pub(super) is_finished: bool,
}

impl Seats {
    pub(super) fn new(topics: impl Iterator<Item = Arc<Topic>>) -> Self {
        let mut seats = topics.map(Seat::new);
        match (seats.next(), seats.next()) {
            (Some(one), None) => Self::One(one),
            (one, two) => Self::Many(one.into_iter().chain(two).chain(seats).collect()),
        }
    }

    /// Whether this waker waits at each of them, and nothing has come since: known without a lock.
    #[inline(always)]
    pub(super) fn is_waiting(&self, waker: &Waker) -> bool {
        let is_waiting = |seat: &Seat| seat.topic.is_waiting(&seat.place, waker);
        match self {
            Self::One(seat) => is_waiting(seat),
            Self::Many(seats) => seats.iter().all(is_waiting),
        }
    }
}

impl Deref for Seats {
    type Target = [Seat];

    #[inline]
    fn deref(&self) -> &[Seat] {
        match self {
            Self::One(seat) => slice::from_ref(seat),
            Self::Many(seats) => seats,
        }
    }
}

impl DerefMut for Seats {
    #[inline]
    fn deref_mut(&mut self) -> &mut [Seat] {
        match self {
            Self::One(seat) => slice::from_mut(seat),
            Self::Many(seats) => seats,
        }
    }
}

impl Seat {
    fn new(topic: Arc<Topic>) -> Self {
        Self { topic, place: Place::default(), notes: None }
    }

    pub(super) fn notes(&self) -> Notes {
        self.notes.as_deref().copied().unwrap_or_default()
    }

    pub(super) fn note(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }

    /// Forgets what was known of the topic.
    pub(super) fn clear(&mut self) {
        self.notes = None;
    }

    /// After which position a reader that is here wants the next entry.
    pub(super) fn after(&self, here: Position) -> Position {
        here.max(self.notes().from)
    }

    /// Whether something was forgotten, up to `lost`, that a reader that is here wants, and is not
    /// told of.
    pub(super) fn misses(&self, lost: Position, here: Position) -> bool {
        lost > self.after(here).max(self.notes().told)
    }

    /// Whether the topic is finished, and nothing but its end is wanted by a reader that is here.
    pub(super) fn is_finished(&self, history: &History, here: Position, latest: bool) -> bool {
        let end = history.end();
        let next = history.next_position(self.after(here), latest);
        (self.notes().is_finished || end.is_some()) && next.is_none_or(|next| end == Some(next))
    }
}
