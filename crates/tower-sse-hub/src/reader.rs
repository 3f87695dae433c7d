//! A place in some topics, and what is ready after it: a machine without a task and without a clock.

use std::ops::{Deref, DerefMut};
use std::slice;
use std::sync::Arc;
use std::task::Waker;

use tower_sse_codec::{Encoded, Membership};

use crate::history::History;
use crate::subscription::Start;
use crate::topic::{State, Topic};
use crate::waiters::Place;
use crate::{Mark, Position, TopicName};

/// A place in some topics.
#[derive(Debug)]
pub(crate) struct Reader {
    seats: Seats,
    /// Everything up to here has been given out.
    at: Mark,
    /// Whether only the newest event of a key matters to it.
    pub(crate) latest: bool,
    /// It has seen that there is nothing more, and waits.
    waits: bool,
}

/// One topic, or several: most readers have one, and save the way to it.
#[derive(Debug)]
enum Seats {
    One(Seat),
    Many(Box<[Seat]>),
}

/// A topic, and the place among those who wait for more of it.
#[derive(Debug)]
struct Seat {
    topic: Arc<Topic>,
    place: Place,
    /// Most have nothing of it.
    notes: Option<Box<Notes>>,
}

/// What a reader knows of a topic.
#[derive(Clone, Copy, Debug, Default)]
struct Notes {
    /// What comes up to here is not wanted.
    from: Position,
    /// Of what was forgotten up to here, the subscriber knows.
    told: Position,
    /// The log has said that the topic is finished.
    is_finished: bool,
}

/// What is ready.
#[derive(Debug)]
pub(crate) enum Next {
    Events(Encoded),
    /// These as well, which are there since they are the newest of their keys.
    Newest(Encoded),
    /// What comes next was forgotten.
    Gap,
    /// All topics are finished, and everything has been given out.
    End,
    Nothing,
}

impl Reader {
    pub(crate) fn new(topics: impl Iterator<Item = Arc<Topic>>, at: Mark) -> Self {
        let mut seats = topics.map(Seat::new);
        let seats = match (seats.next(), seats.next()) {
            (Some(one), None) => Seats::One(one),
            (one, two) => Seats::Many(one.into_iter().chain(two).chain(seats).collect()),
        };
        Self { seats, at, latest: false, waits: false }
    }

    pub(crate) fn topics(&self) -> impl Iterator<Item = &Arc<Topic>> + Clone {
        self.seats.iter().map(|seat| &seat.topic)
    }

    pub(crate) fn at(&self) -> Mark {
        self.at
    }

    /// Goes to another place.
    pub(crate) fn seek(&mut self, at: Mark) {
        self.at = at;
    }

    /// Notes that nothing is ready up to here, before which nothing more will come.
    pub(crate) fn pass(&mut self, settled: Mark) {
        if settled.position > self.at.position {
            self.at = settled;
        }
    }

    /// Whether an entry of a topic is one of those that come next.
    pub(crate) fn wants(&self, topic: &TopicName, position: Position) -> bool {
        let seat = self.seats.iter().find(|seat| seat.topic.name == *topic);
        // Nothing comes after the end.
        seat.is_some_and(|seat| !seat.notes().is_finished && position > self.after(seat))
    }

    /// Notes that a topic is finished, wherever that stands.
    pub(crate) fn finish(&mut self, topic: &TopicName) {
        for seat in self.seats.iter_mut().filter(|seat| seat.topic.name == *topic) {
            seat.note().is_finished = true;
        }
    }

    /// Goes where a subscriber begins; some topics, by their numbers, may begin elsewhere.
    pub(crate) fn start(&mut self, start: Start, starts: &[(usize, Start)]) {
        let of_all = self.before(start, &self.seats);
        let mut from = vec![of_all; self.seats.len()];
        for &(seat, start) in starts {
            from[seat] = self.before(start, &self.seats[seat..=seat]);
        }
        let first = from.iter().min().copied().unwrap_or(of_all);
        let live = self.at.position;
        if first < live {
            // A place between entries: no id is made of it.
            self.at = Mark { position: first, check: 0 };
            let is_single = self.is_single();
            for (seat, from) in self.seats.iter_mut().zip(from) {
                if !is_single {
                    seat.note().from = from;
                }
                if from < live {
                    // What was forgotten before it begins is no gap.
                    let lost = seat.topic.lock().history.lost(self.latest).min(live);
                    if lost > from {
                        seat.note().told = lost;
                    }
                }
            }
        }
    }

    /// The place before the first entry that a start in these topics wants.
    fn before(&self, start: Start, seats: &[Seat]) -> Position {
        match start {
            Start::Live => self.at.position,
            Start::Oldest => Position::default(),
            Start::Last(n) => {
                // Of each topic, no more than n can be among the last n of all.
                let mut last: Vec<Position> = Vec::new();
                for seat in seats {
                    last.extend(seat.topic.lock().history.last(n));
                }
                last.retain(|position| *position <= self.at.position);
                last.sort_unstable();
                match last.len().checked_sub(n) {
                    None => Position::default(),
                    Some(first) => last.get(first).map_or(self.at.position, |first| first.before()),
                }
            }
        }
    }

    /// Whether something was forgotten that comes after this place, and is not told.
    pub(crate) fn misses_any(&self) -> bool {
        self.seats.iter().any(|seat| self.misses(seat, &seat.topic.lock().history))
    }

    fn misses(&self, seat: &Seat, history: &History) -> bool {
        history.lost(self.latest) > self.after(seat).max(seat.notes().told)
    }

    /// The topics in which something is missed, which is told from now on: of all, or else of those of
    /// which something was forgotten that comes after this place; and those that have anything after
    /// it, if it is to be passed over.
    pub(crate) fn tell(&mut self, of_all: bool, passes_over: bool) -> Vec<TopicName> {
        let (at, latest) = (self.at.position, self.latest);
        let mut topics = Vec::new();
        for seat in self.seats.iter_mut() {
            let after = at.max(seat.notes().from);
            let (lost, has_next) = {
                let history = &seat.topic.lock().history;
                (history.lost(latest), !history.is_seen(after, latest))
            };
            let misses = of_all || lost > after.max(seat.notes().told);
            if misses {
                seat.note().told = lost;
            }
            if misses || passes_over && has_next {
                topics.push(seat.topic.name.clone());
            }
        }
        topics
    }

    /// After which place the next entry of a topic is wanted.
    fn after(&self, seat: &Seat) -> Position {
        self.at.position.max(seat.notes().from)
    }

    /// Begins anew, in another log: what was known of the one before means nothing.
    pub(crate) fn begin_anew(&mut self) {
        self.at = Mark::default();
        for seat in self.seats.iter_mut() {
            seat.notes = None;
        }
    }

    /// How many events come after this place, up to another.
    pub(crate) fn count(&self, to: Position) -> usize {
        let count = |seat: &Seat| {
            let (history, after) = (&seat.topic.lock().history, self.after(seat));
            let is_finished = history.end().is_some_and(|end| end > after && end <= to);
            let after = history.count(after, self.latest) - usize::from(is_finished);
            after.saturating_sub(history.count(to, self.latest))
        };
        self.seats.iter().map(count).sum()
    }

    /// Whether all topics are finished and nothing comes after this place.
    pub(crate) fn is_over(&self) -> bool {
        self.seats.iter().all(|seat| self.is_finished(seat, &seat.topic.lock().history))
    }

    /// Whether a topic is finished, and nothing but its end comes after this place.
    fn is_finished(&self, seat: &Seat, history: &History) -> bool {
        let end = history.end();
        let next = history.next_position(self.after(seat), self.latest);
        (seat.notes().is_finished || end.is_some()) && next.is_none_or(|next| end == Some(next))
    }

    /// Whether it is known without a look at the hub up to where all is settled: the entries of one
    /// topic are in their order whatever happens to others.
    pub(crate) fn is_single(&self) -> bool {
        matches!(self.seats, Seats::One(_))
    }

    /// What is said to its subscriber alone, between what all subscribers of its topic get.
    pub(crate) fn private(&self, encoded: Encoded) -> Encoded {
        if self.is_single() { encoded.with_membership(Membership::Private) } else { encoded }
    }

    /// Whether it has seen that there is nothing more, and waits.
    pub(crate) fn waits(&self) -> bool {
        self.waits
    }

    /// Whether this waker waits and nothing has come since: known without a lock.
    #[inline(always)]
    pub(crate) fn is_waiting(&self, waker: &Waker) -> bool {
        let is_waiting = |seat: &Seat| seat.topic.is_waiting(&seat.place, waker);
        self.waits
            && match &self.seats {
                Seats::One(seat) => is_waiting(seat),
                Seats::Many(seats) => seats.iter().all(is_waiting),
            }
    }

    /// What another reader of the single topic has just taken, if it is all that is ready: most
    /// readers find that. Then the waker waits.
    #[inline]
    pub(crate) fn at_hand(&mut self, waker: &Waker) -> Option<Encoded> {
        let Seats::One(seat) = &mut self.seats else { return None };
        let _before;
        let mut state = seat.topic.lock();
        let State { history, waiters } = &mut *state;
        let taken = history.at_hand(self.at.position)?;
        self.at = taken.last;
        self.waits = true;
        _before = waiters.join(&mut seat.place, waker);
        Some(taken.encoded.clone())
    }

    /// What is ready after this place and not after `settled`, before which nothing more will come.
    /// When nothing more is, the waker waits.
    #[inline(always)]
    pub(crate) fn next(&mut self, settled: Position, waker: Option<&Waker>) -> Next {
        self.waits = false;
        if self.is_single() {
            self.next_of(0, Position::LAST, waker)
        } else {
            self.next_of_many(settled, waker)
        }
    }

    fn next_of_many(&mut self, settled: Position, waker: Option<&Waker>) -> Next {
        loop {
            match self.first_of_many(settled, waker) {
                // A newer event of the same key may have taken its place since.
                Ok((first, bound)) => match self.next_of(first, bound, None) {
                    Next::Nothing => {}
                    next => return next,
                },
                Err(next) => {
                    self.waits = matches!(next, Next::Nothing);
                    return next;
                }
            }
        }
    }

    #[inline(always)]
    fn next_of(&mut self, seat: usize, bound: Position, waker: Option<&Waker>) -> Next {
        let is_single = self.is_single();
        let seat = &mut self.seats[seat];
        // What a waker does when it is dropped is not done under the lock.
        let _before;
        let mut state = seat.topic.lock();
        let State { history, waiters } = &mut *state;
        // One that reads a single topic begins where it is.
        let after =
            if is_single { self.at.position } else { self.at.position.max(seat.notes().from) };
        let lost = history.lost(self.latest);
        if lost > after && lost > seat.notes().told {
            return Next::Gap;
        }
        let is_some = history.next(after, bound, self.latest);
        let taken = history.taken().filter(|_| is_some);
        if taken.is_none_or(|taken| history.is_seen(taken.last.position, self.latest)) {
            if let Some(waker) = waker {
                _before = waiters.join(&mut seat.place, waker);
                self.waits = true;
            }
        }
        let Some(taken) = taken else {
            if is_single && (seat.notes().is_finished || history.end().is_some()) {
                self.waits = false;
                return Next::End;
            }
            return Next::Nothing;
        };
        self.at = taken.last;
        let encoded = taken.encoded.clone();
        if taken.is_latest { Next::Newest(encoded) } else { Next::Events(encoded) }
    }

    /// When what comes next after a place was published.
    #[cfg(feature = "metrics")]
    pub(crate) fn published(&self, after: Position) -> Option<tokio::time::Instant> {
        let of = |seat: &Seat| {
            seat.topic.lock().history.published(after.max(seat.notes().from), self.latest)
        };
        self.seats.iter().filter_map(of).min()
    }

    /// The topic that has the next entry of all, and up to where no other has one.
    fn first_of_many(
        &mut self,
        settled: Position,
        waker: Option<&Waker>,
    ) -> Result<(usize, Position), Next> {
        let mut first: Option<(usize, Position)> = None;
        let mut bound = settled;
        let mut all_finished = true;
        let (at, latest) = (self.at.position, self.latest);
        for (number, seat) in self.seats.iter_mut().enumerate() {
            let _before;
            let mut state = seat.topic.lock();
            _before = waker.and_then(|waker| state.waiters.join(&mut seat.place, waker));
            let after = at.max(seat.notes().from);
            if state.history.lost(latest) > after.max(seat.notes().told) {
                return Err(Next::Gap);
            }
            let next = state.history.next_position(after, latest);
            let end = state.history.end();
            drop(state);
            let is_end = |next: Position| end == Some(next);
            if (seat.notes().is_finished || end.is_some()) && next.is_none_or(is_end) {
                continue;
            }
            all_finished = false;
            match next {
                Some(next) if first.is_none_or(|(_, before)| next < before) => {
                    if let Some((_, other)) = first.replace((number, next)) {
                        bound = bound.min(other.before());
                    }
                }
                Some(next) => bound = bound.min(next.before()),
                None => {}
            }
        }
        match first {
            Some((number, next)) if next <= bound => Ok((number, bound)),
            None if all_finished => Err(Next::End),
            _ => Err(Next::Nothing),
        }
    }

    /// Has this waker woken when anything comes.
    pub(crate) fn wait(&mut self, waker: Option<&Waker>) {
        self.waits = false;
        let Some(waker) = waker else { return };
        for seat in self.seats.iter_mut() {
            let before = seat.topic.lock().waiters.join(&mut seat.place, waker);
            drop(before);
        }
    }

    /// Waits no more, until it is asked again, if all that others get who are at the same place of
    /// its topic is for it as well. Gives the topic.
    pub(crate) fn rest(&mut self) -> Option<&Arc<Topic>> {
        let (at, latest) = (self.at.position, self.latest);
        let [seat] = &mut *self.seats else { return None };
        if latest || seat.notes().is_finished {
            return None;
        }
        let mut state = seat.topic.lock();
        if state.history.lost(latest) > at {
            return None;
        }
        let waker = state.waiters.leave(&mut seat.place);
        drop(state);
        drop(waker);
        self.waits = false;
        Some(&seat.topic)
    }

    /// Leaves the places and gives the topics.
    pub(crate) fn leave(&mut self) -> impl Iterator<Item = &Arc<Topic>> {
        for seat in self.seats.iter_mut() {
            seat.topic.leave(&mut seat.place);
        }
        self.topics()
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

    fn notes(&self) -> Notes {
        self.notes.as_deref().copied().unwrap_or_default()
    }

    fn note(&mut self) -> &mut Notes {
        self.notes.get_or_insert_default()
    }
}
