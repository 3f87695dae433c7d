//! What the page is told.

use serde::Serialize;
use tower_sse::Event;

use crate::{Machine, Post, Traffic};

/// What the page is told. The variant's name is the event's, its content is the JSON in the data.
#[derive(Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Update {
    /// Who serves, at the head of every stream.
    Server {
        /// The web framework.
        framework: &'static str,
    },
    /// What the machine is doing, about once a second.
    Machine(Machine),
    /// What the server is doing, as often.
    Traffic(Traffic),
    /// What follows is the wall as it is now; nothing older is on it.
    Wall,
    /// A new text on the wall.
    Post(Post),
}

impl Update {
    /// The event that says so.
    pub(crate) fn event(&self) -> Event {
        Event::typed(self).expect("an update is an enum of plain numbers and texts")
    }
}
