//! What a subscriber is told about itself, in the stream.

use serde::Serialize;
use tower_sse_codec::{Event, EventName};

use crate::TopicName;

/// Why events are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GapReason {
    /// Events after the last event id are forgotten, or were forgotten before the subscriber read
    /// them.
    Trimmed,
    /// The last event id is one that this hub has not given: it has lost its memory since.
    Reset,
    /// The last event id is somebody else's.
    Foreign,
}

/// From where it goes on after a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AfterGap {
    /// From the oldest event that is kept.
    #[default]
    Oldest,
    /// With what is published from now on: for who fetches a snapshot after a gap.
    Live,
}

pub(crate) const GAP: EventName = EventName::from_static("gap");
pub(crate) const RESUMED: EventName = EventName::from_static("resumed");

/// The `gap` event.
pub(crate) fn gap(reason: GapReason, topics: &[&TopicName], then: AfterGap) -> Event {
    #[derive(Serialize)]
    struct Gap<'a> {
        reason: GapReason,
        topics: Vec<&'a str>,
        from: AfterGap,
    }
    let topics = topics.iter().map(|topic| topic.as_str()).collect();
    event(GAP, &Gap { reason, topics, from: then })
}

/// The `resumed` event.
pub(crate) fn resumed(replayed: usize) -> Event {
    #[derive(Serialize)]
    struct Resumed {
        replayed: usize,
    }
    event(RESUMED, &Resumed { replayed })
}

fn event<T: Serialize>(name: EventName, data: &T) -> Event {
    Event::json(data).expect("texts and numbers are JSON").with_name(name)
}
