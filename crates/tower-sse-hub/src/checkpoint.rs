//! Ids for those who have seen nothing for a while.

use std::sync::{Arc, Mutex, PoisonError};

use tower_sse_codec::Event;

use crate::position::Position;
use crate::shared::Shared;
use crate::topic::Topic;

/// Up to where a subscriber has got everything, as far as anybody else may know.
#[derive(Clone, Debug, Default)]
pub(crate) struct Passed(Arc<Mutex<Option<Position>>>);

impl Passed {
    pub(crate) fn set(&self, position: Position) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(position);
    }

    fn get(&self) -> Option<Position> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let comment = Event::default().with_comment("");
        let settled = self.hub.settled();
        let Some(passed) = self.passed.get() else {
            return comment;
        };
        // Whoever has everything up to a place has everything up to the next entry of its topics.
        let has_all = |topic: &Arc<Topic>| {
            let history = topic.read();
            let next = history.after(passed).next();
            history.trimmed() <= passed && next.is_none_or(|entry| entry.position > settled)
        };
        let position = if self.topics.iter().all(has_all) { settled } else { passed };
        if self.sent.is_some_and(|sent| sent >= position) {
            return comment;
        }
        self.sent = Some(position);
        Event::default().with_id(self.hub.store().id(position))
    }
}
