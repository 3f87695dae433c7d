//! A place in some topics, and what is ready after it: a machine without a task and without a clock.

use std::sync::Arc;
use std::task::Waker;

use crate::TopicName;
use crate::history::{History, Taken};
use crate::position::Position;
use crate::subscription::Start;
use crate::topic::Topic;
use crate::waiters::Place;

/// A place in some topics.
#[derive(Debug)]
pub(crate) struct Reader {
    seats: Box<[Seat]>,
    /// Everything up to here has been given out.
    at: Position,
    /// Whether only the newest event of a key matters to it.
    pub(crate) latest: bool,
}

/// A topic, and the place among those who wait for more of it.
#[derive(Debug)]
struct Seat {
    topic: Arc<Topic>,
    /// What comes up to here is not wanted.
    from: Position,
    /// Of what was forgotten up to here, the subscriber knows.
    told: Position,
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
        let seats = topics.map(Seat::new).collect();
        Self { seats, at, latest: false }
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

    /// Notes that nothing is ready up to here, before which nothing more will come.
    pub(crate) fn pass(&mut self, settled: Position) {
        self.at = self.at.max(settled);
    }

    /// Goes where a subscriber begins; some topics, by their numbers, may begin elsewhere.
    pub(crate) fn start(&mut self, start: Start, starts: &[(usize, Start)]) {
        let of_all = self.before(start, &self.seats);
        let mut from = vec![of_all; self.seats.len()];
        for &(seat, start) in starts {
            from[seat] = self.before(start, &self.seats[seat..=seat]);
        }
        let first = from.iter().min().copied().unwrap_or(of_all);
        if first < self.at {
            self.at = first;
            self.seats.iter_mut().zip(from).for_each(|(seat, from)| seat.from = from);
            // What was forgotten before it begins is no gap.
            self.forgive();
        }
    }

    /// The place before the first entry that a start in these topics wants.
    fn before(&self, start: Start, seats: &[Seat]) -> Position {
        match start {
            Start::Live => self.at,
            Start::Oldest => Position::default(),
            Start::Last(n) => {
                // Of each topic, no more than n can be among the last n of all.
                let mut last: Vec<Position> = Vec::new();
                for seat in seats {
                    last.extend(seat.topic.history().last(n));
                }
                last.retain(|position| *position <= self.at);
                last.sort_unstable();
                match last.len().checked_sub(n) {
                    None => Position::default(),
                    Some(first) => last.get(first).map_or(self.at, |first| first.before()),
                }
            }
        }
    }

    /// The topics of which something was forgotten that comes after this place.
    pub(crate) fn trimmed(&self) -> Vec<&TopicName> {
        let trimmed = self.seats.iter().filter(|seat| self.misses(seat, &seat.topic.history()));
        trimmed.map(|seat| &seat.topic.name).collect()
    }

    fn misses(&self, seat: &Seat, history: &History) -> bool {
        history.lost(self.latest) > self.after(seat).max(seat.told)
    }

    /// After which place the next entry of a topic is wanted.
    fn after(&self, seat: &Seat) -> Position {
        self.at.max(seat.from)
    }

    /// Takes what was forgotten until now for told.
    pub(crate) fn forgive(&mut self) {
        for seat in &mut self.seats {
            seat.told = seat.topic.history().trimmed();
        }
    }

    /// How many events come after this place, up to another.
    pub(crate) fn count(&self, to: Position) -> usize {
        let count = |seat: &Seat| {
            let (history, after) = (seat.topic.history(), self.after(seat));
            let is_finished = history.end().is_some_and(|end| end > after && end <= to);
            let after = history.count(after, self.latest) - usize::from(is_finished);
            after.saturating_sub(history.count(to, self.latest))
        };
        self.seats.iter().map(count).sum()
    }

    /// Whether all topics are finished and nothing comes after this place.
    pub(crate) fn is_over(&self) -> bool {
        self.seats.iter().all(|seat| self.is_finished(seat, &seat.topic.history()))
    }

    /// Whether a topic is finished, and nothing but its end comes after this place.
    fn is_finished(&self, seat: &Seat, history: &History) -> bool {
        history.end().is_some_and(|end| {
            let next = history.next_position(self.after(seat), self.latest);
            next.is_none_or(|next| next == end)
        })
    }

    /// Whether it is known without a look at the hub up to where all is settled: the entries of one
    /// topic are in their order whatever happens to others.
    pub(crate) fn is_single(&self) -> bool {
        self.seats.len() == 1
    }

    /// What is ready after this place and not after `settled`, before which nothing more will come.
    pub(crate) fn next(&mut self, settled: Position) -> Next {
        let (first, bound) = if self.is_single() {
            (0, Position::LAST)
        } else {
            match self.first_of_many(settled) {
                Ok(first) => first,
                Err(next) => return next,
            }
        };
        let seat = &self.seats[first];
        let mut history = seat.topic.history();
        if self.misses(seat, &history) {
            return Next::Gap;
        }
        match history.next(self.after(seat), bound, self.latest) {
            Some(taken) => {
                drop(history);
                self.at = taken.last;
                Next::Events(taken)
            }
            None if self.is_single() && self.is_finished(seat, &history) => Next::End,
            None => Next::Nothing,
        }
    }

    /// The topic that has the next entry of all, and up to where no other has one.
    fn first_of_many(&self, settled: Position) -> Result<(usize, Position), Next> {
        let mut first: Option<(usize, Position)> = None;
        let mut bound = settled;
        let mut all_finished = true;
        for (at, seat) in self.seats.iter().enumerate() {
            let history = seat.topic.history();
            if self.misses(seat, &history) {
                return Err(Next::Gap);
            }
            if self.is_finished(seat, &history) {
                continue;
            }
            all_finished = false;
            match history.next_position(self.after(seat), self.latest) {
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
            None if all_finished => Err(Next::End),
            _ => Err(Next::Nothing),
        }
    }

    /// Has this waker woken when there is more. Tells whether it waited already.
    pub(crate) fn wait(&mut self, waker: &Waker) -> bool {
        let join = |seat: &mut Seat| seat.topic.waiters.join(&mut seat.place, waker);
        self.seats.iter_mut().map(join).fold(true, |all, one| all & one)
    }

    /// Leaves the places and gives the topics.
    pub(crate) fn leave(&mut self) -> impl Iterator<Item = Arc<Topic>> + use<> {
        let mut seats = std::mem::take(&mut self.seats);
        for seat in &mut seats {
            seat.topic.waiters.leave(&mut seat.place);
        }
        seats.into_iter().map(|seat| seat.topic)
    }
}

impl Seat {
    fn new(topic: Arc<Topic>) -> Self {
        Self {
            topic,
            from: Position::default(),
            told: Position::default(),
            place: Place::default(),
        }
    }
}
