//! What is ready next for a reader, and how it waits for more.

use std::sync::Arc;
use std::task::Waker;

use tower_sse_codec::Encoded;

use super::Reader;
use super::seats::Seats;
use crate::Position;
use crate::topic::{State, Topic};

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
    /// Whether it has seen that there is nothing more, and waits.
    pub(crate) fn waits(&self) -> bool {
        self.waits
    }

    /// Whether this waker waits and nothing has come since: known without a lock.
    #[inline(always)]
    pub(crate) fn is_waiting(&self, waker: &Waker) -> bool {
        self.waits && self.seats.is_waiting(waker)
    }

    /// What another reader of the single topic has just taken, if it is all that is ready: most
    /// readers find that. Then the waker waits.
    #[inline]
    pub(crate) fn at_hand(&mut self, waker: &Waker) -> Option<Encoded> {
        let Seats::One(seat) = &mut self.seats else { return None };
        // What a waker does when it is dropped is not done under the lock.
        let _before;
        let mut state = seat.topic.lock();
        let State { history, waiters } = &mut *state;
        let taken = history.at_hand(self.at.position)?;
        // First: a waker that panics when it is cloned takes no event along.
        _before = waiters.join(&mut seat.place, waker);
        self.waits = true;
        self.at = taken.last;
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
        let after = if is_single { self.at.position } else { seat.after(self.at.position) };
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
            if seat.misses(state.history.lost(latest), at) {
                return Err(Next::Gap);
            }
            let next = state.history.next_position(seat.after(at), latest);
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
