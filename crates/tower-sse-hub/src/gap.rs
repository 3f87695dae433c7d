//! What a subscriber is told about itself, in the stream.

use std::sync::Arc;

use serde::Serialize;
use tower_sse_codec::{Event, EventName};

/// Why events are missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GapReason {
    /// Events after the last event id are forgotten, or were forgotten before the subscriber read
    /// them.
    Trimmed,
    /// The log has lost its end, or has begun anew; or the last event id only looks like one of this
    /// hub.
    Reset,
    /// The last event id is somebody else's, or of a life of the hub or its log that is over, or none
    /// at all.
    Foreign,
    /// There is more to read from the log than
    /// [`Builder::with_max_replay`](crate::Builder::with_max_replay) allows. That much was given.
    TooOld,
}

impl GapReason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Trimmed, Self::Reset, Self::Foreign, Self::TooOld];

    /// The name in the event and in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trimmed => "trimmed",
            Self::Reset => "reset",
            Self::Foreign => "foreign",
            Self::TooOld => "too-old",
        }
    }
}

/// From where it goes on after a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AfterGap {
    /// From the oldest event that is kept, of what comes after the place where the gap is, if the hub
    /// knows that. The end of what is kept has an id.
    #[default]
    Oldest,
    /// With what is published from now on: for who fetches a snapshot after a gap. The gap has the id
    /// of that place.
    Live,
}

/// A gap: events of these topics may be missing.
///
/// As JSON, it is the data of the `gap` event.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Gap<'a> {
    /// Why.
    pub reason: GapReason,
    /// The names of the topics.
    pub topics: Vec<&'a str>,
    /// From where it goes on.
    pub from: AfterGap,
}

/// A subscriber has resumed without a gap.
///
/// As JSON, it is the data of the `resumed` event.
#[derive(Clone, Copy, Debug, Serialize)]
#[non_exhaustive]
pub struct Resumed {
    /// How many events follow that it has missed.
    pub replayed: usize,
}

/// How a subscriber is told.
#[derive(Clone)]
pub(crate) struct Telling {
    pub(crate) gap: Arc<dyn Fn(&Gap<'_>) -> Event + Send + Sync>,
    pub(crate) resumed: Arc<dyn Fn(&Resumed) -> Event + Send + Sync>,
}

const GAP: EventName = EventName::from_static("gap");
const RESUMED: EventName = EventName::from_static("resumed");

impl Default for Telling {
    fn default() -> Self {
        Self {
            gap: Arc::new(|gap| event(GAP, gap)),
            resumed: Arc::new(|resumed| event(RESUMED, resumed)),
        }
    }
}

fn event<T: Serialize>(name: EventName, data: &T) -> Event {
    Event::json(data).expect("texts and numbers are JSON").with_name(name)
}
