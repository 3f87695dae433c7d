//! The bytes of a topic's events.

use std::collections::VecDeque;
use std::ops::Range;

use tower_sse_codec::{Encoded, Event, Group, Membership, Run, RunBuilder};

/// The bytes of a topic's events, by their numbers, which are counted from the first of all.
///
/// Events are encoded one behind the other into an open run. It is closed where somebody reads, so
/// that all who are at the same place, however much they have missed, take the same piece of
/// memory.
#[derive(Debug, Default)]
pub(super) struct Runs {
    /// The runs that are closed, each with the number of its first event.
    closed: VecDeque<(u64, Run)>,
    /// The events after them.
    open: RunBuilder,
    /// The number of the next event.
    next: u64,
    /// What its readers get alike.
    group: Group,
}

/// The most bytes of a run of several events: a body sends no more in one frame.
const RUN: usize = 16 << 10;

/// How many short runs in a row are copied into one: each byte is copied a few times at most.
const MANY: usize = 8;

impl Runs {
    /// Adds an event of `len` bytes to a topic of which so many are in use.
    pub(super) fn push(&mut self, event: &Event, len: usize, in_use: usize) {
        if self.open.room() < len {
            self.close();
            // As much room again as is in use: little where little is published.
            self.open = RunBuilder::with_capacity(len.max(in_use.min(RUN)));
        }
        self.open.push(event);
        self.next += 1;
    }

    /// Forgets the runs of which all events have lower numbers.
    pub(super) fn forget(&mut self, upto: u64) {
        while self.closed.front().is_some_and(|(first, run)| first + run.len() as u64 <= upto) {
            self.closed.pop_front();
        }
    }

    /// Forgets everything and gives all room back: the next event has this number.
    pub(super) fn clear(&mut self, next: u64) {
        self.closed = VecDeque::new();
        self.open = RunBuilder::default();
        self.next = next;
    }

    /// Up to which number the events lie together from this one on.
    pub(super) fn end(&mut self, number: u64) -> u64 {
        self.close_at(number);
        let at = self.run_of(number);
        self.join_short(at);
        let (first, run) = &self.closed[at];
        first + run.len() as u64
    }

    /// The events with these numbers, which lie together.
    pub(super) fn take(&mut self, numbers: Range<u64>) -> Encoded {
        self.close_at(numbers.start);
        let (first, run) = &self.closed[self.run_of(numbers.start)];
        run.slice((numbers.start - first) as usize..(numbers.end - first) as usize)
            .with_membership(Membership::Shared(self.group, numbers.start))
    }

    /// Ends the open run if this event lies in it: a reader holds on to no more than there is.
    fn close_at(&mut self, number: u64) {
        if number >= self.start_of_open() {
            self.close();
        }
    }

    fn close(&mut self) {
        if !self.open.is_empty() {
            self.closed.push_back((self.start_of_open(), self.open.split()));
        }
    }

    fn start_of_open(&self) -> u64 {
        self.next - self.open.len() as u64
    }

    fn run_of(&self, number: u64) -> usize {
        match self.closed.back() {
            Some((first, _)) if *first <= number => self.closed.len() - 1,
            _ => self.closed.partition_point(|(first, _)| *first <= number) - 1,
        }
    }

    /// Copies the runs from this one on into one, if there are many short ones: those who come
    /// after will take it as it is.
    fn join_short(&mut self, at: usize) {
        let mut bytes = 0;
        let fits = |(_, run): &&(u64, Run)| {
            bytes += run.bytes().len();
            bytes <= RUN
        };
        if self.closed.len() - at < MANY {
            return;
        }
        let many = self.closed.range(at..).take_while(fits).count();
        if many >= MANY {
            let joined = Run::join(self.closed.range(at..at + many).map(|(_, run)| run));
            self.closed[at].1 = joined;
            self.closed.drain(at + 1..at + many);
        }
    }
}
