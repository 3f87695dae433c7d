//! What a client has seen.

use std::time::Duration;

use tokio::time::Instant;
use tower_sse_hub::EventId;

use crate::journal::{Journal, mark};

/// What a client has seen, in its order.
pub(crate) struct Record {
    pub(crate) name: String,
    pub(crate) steps: Vec<Step>,
    pub(crate) last_event_id: EventId,
    /// The number of the last event.
    pub(crate) last: Option<usize>,
    /// How often it was told to come again later.
    pub(crate) turned_away: usize,
    /// The longest time without an event.
    pub(crate) silence: Duration,
    last_at: Instant,
}

#[derive(Debug)]
pub(crate) enum Step {
    /// It went to a node, with its last event id.
    Hop {
        topics: Vec<&'static str>,
    },
    Event {
        mark: String,
        number: usize,
    },
    /// What was published up to this number may be missing. It may all come again if the log is
    /// another.
    Gap {
        known: usize,
        is_anew: bool,
    },
    /// An id without an event.
    Place {
        mark: String,
    },
}

impl Record {
    pub(crate) fn new(name: String, last_event_id: EventId) -> Self {
        let (steps, last, turned_away) = (Vec::new(), None, 0);
        let (silence, last_at) = (Duration::ZERO, Instant::now());
        Self { name, steps, last_event_id, last, turned_away, silence, last_at }
    }

    pub(crate) fn hop(&mut self, topics: Vec<&'static str>) {
        self.steps.push(Step::Hop { topics });
    }

    pub(crate) fn hops(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Hop { .. })).count()
    }

    pub(crate) fn events(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Event { .. })).count()
    }

    pub(crate) fn gaps(&self) -> usize {
        self.steps.iter().filter(|step| matches!(step, Step::Gap { .. })).count()
    }

    /// Takes what came in one piece.
    pub(crate) fn take(&mut self, bytes: &[u8], journal: &Journal) {
        let text = std::str::from_utf8(bytes).expect("streams are text");
        text.split_terminator("\n\n").for_each(|event| self.take_event(event, journal));
    }

    fn take_event(&mut self, event: &str, journal: &Journal) {
        let field = |name| event.lines().find_map(|line| line.strip_prefix(name));
        let id = field("id: ").map(|id| EventId::new(id).expect("it is an id"));
        if event.starts_with("event: gap") {
            // One more may be stored of which nobody knows yet.
            let known = journal.progress().count + 1;
            self.steps.push(Step::Gap { known, is_anew: !event.contains(r#""trimmed""#) });
        } else if let Some(number) = field("data: ") {
            let id = id.as_ref().expect("each event has an id");
            let number = number.parse().expect("data is a number");
            self.steps.push(Step::Event { mark: mark(id).to_owned(), number });
            self.last = Some(number);
            self.silence = self.silence.max(self.last_at.elapsed());
            self.last_at = Instant::now();
        } else if let Some(id) = &id {
            self.steps.push(Step::Place { mark: mark(id).to_owned() });
        } else {
            assert!(event.starts_with("retry: "), "{event:?} is nothing known");
            self.turned_away += 1;
        }
        if let Some(id) = id {
            self.last_event_id = id;
        }
    }
}
