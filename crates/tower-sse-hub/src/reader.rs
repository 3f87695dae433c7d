//! A place in some topics, and what is ready after it: a machine without a task and without a clock.

use std::sync::Arc;
use std::task::Waker;

use crate::TopicName;
use crate::history::{History, Taken};
use crate::position::Position;
use crate::topic::Topic;
use crate::waiters::Place;

/// A place in some topics.
#[derive(Debug)]
pub(crate) struct Reader {
    seats: Box<[Seat]>,
    /// Everything up to here has been given out.
    at: Position,
    /// Of what was forgotten up to here, it has been told.
    told: Position,
    /// Whether only the newest event of a key matters to it.
    pub(crate) latest: bool,
}

/// A topic, and the place among those who wait for more of it.
#[derive(Debug)]
struct Seat {
    topic: Arc<Topic>,
    place: Place,
}

/// What is ready.
#[derive(Debug)]
pub(crate) enum Next {
    Events(Taken),
    /// What comes next was forgotten.
    Gap,
    /// All topics are finished, and everything has been given out.
    End,
    Nothing,
}

impl Reader {
    pub(crate) fn new(topics: impl Iterator<Item = Arc<Topic>>, at: Position) -> Self {
        let seats = topics.map(|topic| Seat { topic, place: Place::default() }).collect();
        Self { seats, at, told: Position::default(), latest: false }
    }

    pub(crate) fn topics(&self) -> impl Iterator<Item = &Arc<Topic>> + Clone {
        self.seats.iter().map(|seat| &seat.topic)
    }

    pub(crate) fn at(&self) -> Position {
        self.at
    }

    /// Goes to another place.
    pub(crate) fn seek(&mut self, at: Position) {
        self.at = at;
    }

    /// The place before the n-th entry from the end of all topics, or before the oldest if there are
    /// fewer.
    pub(crate) fn before_last(&self, n: usize) -> Position {
        // Of each topic, no more than n can be among the last n of all.
        let mut last: Vec<Position> = Vec::new();
        for topic in self.topics() {
            last.extend(topic.history().positions_of_last(n));
        }
        last.sort_unstable();
        let first = last.len().checked_sub(n).map(|at| last[at]);
        first.map_or(Position::default(), Position::before)
    }

    /// The topics of which something was forgotten that comes after this place.
    pub(crate) fn trimmed(&self) -> Vec<&TopicName> {
        let trimmed = self.topics().filter(|topic| self.misses(&topic.history()));
        trimmed.map(|topic| &topic.name).collect()
    }

    fn misses(&self, history: &History) -> bool {
        history.lost(self.latest) > self.seen()
    }

    /// Takes what was forgotten until now for told.
    pub(crate) fn forgive(&mut self) {
        let trimmed = self.topics().map(|topic| topic.history().trimmed()).max();
        self.told = self.told.max(trimmed.unwrap_or_default());
    }

    /// How many events come after this place, up to another.
    pub(crate) fn count(&self, to: Position) -> usize {
        let count = |topic: &Arc<Topic>| {
            let history = topic.history();
            let is_finished = history.end().is_some_and(|end| end > self.at && end <= to);
            history.count(self.at, self.latest)
                - history.count(to, self.latest)
                - usize::from(is_finished)
        };
        self.topics().map(count).sum()
    }

    /// Whether all topics are finished and nothing comes after this place.
    pub(crate) fn is_over(&self) -> bool {
        self.topics().all(|topic| is_over(&topic.history(), self.at, self.latest))
    }

    /// Whether it is known without a look at the hub up to where all is settled: the entries of one
    /// topic are in their order whatever happens to others.
    pub(crate) fn is_single(&self) -> bool {
        self.seats.len() == 1
    }

    /// What is ready after this place and not after `settled`, before which nothing more will come.
    pub(crate) fn next(&mut self, settled: Position) -> Next {
        let (from, bound) = if self.is_single() {
            (0, Position::LAST)
        } else {
            match self.first_of_many(settled) {
                Ok(first) => first,
                Err(next) => return next,
            }
        };
        let mut history = self.seats[from].topic.history();
        if self.misses(&history) {
            return Next::Gap;
        }
        match history.next(self.at, bound, self.latest) {
            Some(taken) => {
                drop(history);
                self.at = taken.last;
                Next::Events(taken)
            }
            None if self.is_single() && is_over(&history, self.at, self.latest) => Next::End,
            None => Next::Nothing,
        }
    }

    /// The topic that has the next entry of all, and up to where no other has one.
    fn first_of_many(&self, settled: Position) -> Result<(usize, Position), Next> {
        let mut first: Option<(usize, Position)> = None;
        let mut bound = settled;
        let mut is_finished = true;
        for (at, topic) in self.topics().enumerate() {
            let history = topic.history();
            if self.misses(&history) {
                return Err(Next::Gap);
            }
            if is_over(&history, self.at, self.latest) {
                continue;
            }
            is_finished = false;
            match history.next_position(self.at, self.latest) {
                Some(next) if first.is_none_or(|(_, before)| next < before) => {
                    if let Some((_, other)) = first.replace((at, next)) {
                        bound = bound.min(other.before());
                    }
                }
                Some(next) => bound = bound.min(next.before()),
                None => {}
            }
        }
        match first {
            Some((at, next)) if next <= bound => Ok((at, bound)),
            None if is_finished => Err(Next::End),
            _ => Err(Next::Nothing),
        }
    }

    /// Has this waker woken when there is more.
    pub(crate) fn wait(&mut self, waker: &Waker) {
        for Seat { topic, place } in &mut self.seats {
            topic.waiters.join(place, waker);
        }
    }

    /// Leaves the places and gives the topics.
    pub(crate) fn leave(&mut self) -> impl Iterator<Item = Arc<Topic>> + use<> {
        let mut seats = std::mem::take(&mut self.seats);
        for Seat { topic, place } in &mut seats {
            topic.waiters.leave(place);
        }
        seats.into_iter().map(|seat| seat.topic)
    }

    /// Up to where nothing is missing that it has not been told of.
    pub(crate) fn seen(&self) -> Position {
        self.at.max(self.told)
    }
}

/// Whether a topic is finished and nothing but its end comes after a place.
fn is_over(history: &History, at: Position, latest: bool) -> bool {
    history
        .end()
        .is_some_and(|end| history.next_position(at, latest).is_none_or(|next| next == end))
}
