//! Ids for those who have seen nothing for a while.

use std::sync::Arc;

use tower_sse_codec::Event;

use crate::position::Position;
use crate::shared::Shared;
use crate::sync::Mutex;
use crate::topic::Topic;

/// Up to where a subscriber has got everything, as far as anybody else may know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passed(Arc<Mutex<Option<Place>>>);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) position: Position,
    /// Of which place the client has the id.
    pub(crate) known: Option<Position>,
    /// Whether only the newest event of a key matters.
    pub(crate) latest: bool,
    /// Of which log it is.
    pub(crate) generation: u64,
}

impl Passed {
    pub(crate) fn set(&self, place: Place) {
        *self.0.lock() = Some(place);
    }
}

/// What to send when a stream has been silent: an id without data if that has moved, and else an
/// empty comment.
#[derive(Debug)]
pub(crate) struct Checkpoints {
    pub(crate) hub: Arc<Shared>,
    pub(crate) topics: Box<[Arc<Topic>]>,
    pub(crate) passed: Passed,
    pub(crate) sent: Option<Position>,
}

impl Checkpoints {
    pub(crate) fn next(&mut self) -> Event {
        self.moved().unwrap_or_else(|| Event::default().with_comment(""))
    }

    fn moved(&mut self) -> Option<Event> {
        let passed = (*self.passed.0.lock())?;
        let settled = self.hub.settled();
        let known = passed.known.max(self.sent);
        if known >= Some(settled.position) || !self.has_all(passed, settled.position) {
            return None;
        }
        let id = self.hub.id(settled);
        // Of another log, it would promise what nobody has been told of.
        if self.hub.generation() != passed.generation {
            return None;
        }
        self.sent = Some(settled.position);
        Some(Event::default().with_id(id))
    }

    /// Whether whoever has everything up to one place has everything up to another, later one.
    fn has_all(&self, passed: Place, settled: Position) -> bool {
        passed.position <= settled
            && self.topics.iter().all(|topic| {
                let history = &topic.lock().history;
                let next = history.next_position(passed.position, passed.latest);
                history.lost(passed.latest) <= passed.position
                    && next.is_none_or(|next| next > settled)
            })
    }
}
