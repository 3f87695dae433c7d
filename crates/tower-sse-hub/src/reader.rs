//! A place in some topics, and what is ready after it: a machine without a task or a clock.

mod next;
mod seats;

use std::sync::Arc;

use tower_sse_codec::{Encoded, Membership};

use crate::subscription::Start;
use crate::topic::Topic;
use crate::{Mark, Position, TopicName};
pub(crate) use next::Next;
use seats::{Seat, Seats};

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

impl Reader {
    pub(crate) fn new(topics: impl Iterator<Item = Arc<Topic>>, at: Mark) -> Self {
        Self { seats: Seats::new(topics), at, latest: false, waits: false }
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
        seat.is_some_and(|seat| {
            !seat.notes().is_finished && position > seat.after(self.at.position)
        })
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
        let misses = |seat: &Seat| {
            let lost = seat.topic.lock().history.lost(self.latest);
            seat.misses(lost, self.at.position)
        };
        self.seats.iter().any(misses)
    }

    /// The topics in which something is missed, which is told from now on: of all, or else of those
    /// of which something was forgotten that comes after this place; and those that have anything
    /// after it, if it is to be passed over.
    pub(crate) fn tell(&mut self, of_all: bool, passes_over: bool) -> Vec<TopicName> {
        let (at, latest) = (self.at.position, self.latest);
        let mut topics = Vec::new();
        for seat in self.seats.iter_mut() {
            let (lost, has_next) = {
                let history = &seat.topic.lock().history;
                (history.lost(latest), !history.is_seen(seat.after(at), latest))
            };
            let misses = of_all || seat.misses(lost, at);
            if misses {
                seat.note().told = lost;
            }
            if misses || passes_over && has_next {
                topics.push(seat.topic.name.clone());
            }
        }
        topics
    }

    /// Begins anew, in another log: what was known of the one before means nothing.
    pub(crate) fn begin_anew(&mut self) {
        self.at = Mark::default();
        for seat in self.seats.iter_mut() {
            seat.clear();
        }
    }

    /// How many events come after this place, up to another.
    pub(crate) fn count(&self, to: Position) -> usize {
        let count = |seat: &Seat| {
            let (history, after) = (&seat.topic.lock().history, seat.after(self.at.position));
            let is_finished = history.end().is_some_and(|end| end > after && end <= to);
            let after = history.count(after, self.latest) - usize::from(is_finished);
            after.saturating_sub(history.count(to, self.latest))
        };
        self.seats.iter().map(count).sum()
    }

    /// Whether all topics are finished and nothing comes after this place.
    pub(crate) fn is_over(&self) -> bool {
        let (at, latest) = (self.at.position, self.latest);
        self.seats.iter().all(|seat| seat.is_finished(&seat.topic.lock().history, at, latest))
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

    /// When what comes next after a place was published.
    #[cfg(feature = "metrics")]
    pub(crate) fn published(&self, after: Position) -> Option<tokio::time::Instant> {
        let of = |seat: &Seat| seat.topic.lock().history.published(seat.after(after), self.latest);
        self.seats.iter().filter_map(of).min()
    }
}
