//! What the page is told.

use serde::Serialize;
use tower_sse::{Encoded, Event, EventId};

use crate::{Machine, Moment, Post};

/// What the page is told. The variant's name is the event's, its content is the JSON in the data.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Update {
    /// Who serves, at the head of every stream.
    Server {
        /// The web framework.
        framework: &'static str,
        /// When this run of the server began.
        started: Moment,
    },
    /// What the machine is doing, about once a second.
    Machine(Machine),
    /// What follows is the wall as it is now; nothing older is on it.
    Wall,
    /// A new text on the wall.
    Post(Post),
}

impl Update {
    /// The wire bytes, made once for everybody.
    pub(crate) fn encode(&self) -> Encoded {
        self.event().into()
    }

    /// The wire bytes, with the place on the wall from which a reader goes on afterwards.
    pub(crate) fn encode_at(&self, id: EventId) -> Encoded {
        self.event().with_id(id).into()
    }

    fn event(&self) -> Event {
        Event::typed(self).expect("an update is an enum of plain numbers and texts")
    }
}
