//! What comes before what is published.

use tower_sse_codec::{Encoded, LastEventId};

use super::Start;
use crate::Mark;
use crate::catch_up::{Ahead, CatchUp};
use crate::pages::Pages;

/// What comes before what is published.
#[derive(Default)]
pub(super) struct Pending {
    /// Where to begin, which is decided when it is first read.
    pub(super) opening: Option<Opening>,
    /// What is said before anything else.
    pub(super) first: Option<Encoded>,
    /// The end of a replay after a gap, where the subscriber gets an id even without an event.
    pub(super) replay_end: Option<Mark>,
    /// What it reads from the log, since it wants more than is remembered.
    pub(super) catch_up: Option<CatchUp>,
    /// Where it is in the log, when the hub is not there yet.
    pub(super) ahead: Option<Ahead>,
}

#[derive(Debug, Default)]
pub(super) struct Opening {
    pub(super) start: Start,
    /// Of topics, by their numbers, that begin somewhere else.
    pub(super) starts: Vec<(usize, Start)>,
    pub(super) last_event_id: LastEventId,
}

impl Pending {
    /// At the beginning.
    pub(super) fn opening() -> Self {
        Self { opening: Some(Opening::default()), ..Self::default() }
    }

    /// Whether there is nothing of it.
    pub(super) fn is_empty(&self) -> bool {
        self.opening.is_none() && !self.is_telling() && !self.is_elsewhere()
    }

    /// Whether something is to be said that is not published.
    pub(super) fn is_telling(&self) -> bool {
        self.first.is_some() || self.replay_end.is_some()
    }

    /// Whether it does not read what is remembered.
    pub(super) fn is_elsewhere(&self) -> bool {
        self.catch_up.is_some() || self.ahead.is_some()
    }

    /// Waits for no page any more.
    pub(super) fn leave(&mut self, pages: &Pages) {
        if let Some(catch_up) = &mut self.catch_up {
            catch_up.leave(pages);
        }
    }
}
