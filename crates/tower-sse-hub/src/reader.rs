//! A place in some topics, and what is ready after it: a machine without a task and without a clock.

use std::collections::VecDeque;
use std::sync::Arc;

use tower_sse_codec::Encoded;

use crate::TopicName;
use crate::history::{Entry, Kind};
use crate::position::Position;
use crate::topic::Topic;

/// A place in some topics.
#[derive(Debug)]
pub(crate) struct Reader {
    topics: Box<[Arc<Topic>]>,
    /// Everything up to here has been given out.
    at: Position,
    /// Of what was forgotten up to here, it has been told.
    told: Position,
    /// What was found ready together and is given out one by one, up to `at`.
    batch: VecDeque<Encoded>,
}

/// How many events are taken out of a history at once: a lock for each would cost more than the rest.
const BATCH: usize = 32;

/// How many bytes of them: a reader that stalls now keeps them from being forgotten.
const BATCH_BYTES: usize = 16 << 10;

/// What is ready.
#[derive(Debug)]
pub(crate) enum Ready {
    Event(Encoded),
    /// Entries that come next were forgotten.
    Gap,
    /// All topics are finished, and everything has been given out.
    End,
    /// Nothing.
    Nothing,
}

impl Reader {
    pub(crate) fn new(topics: Box<[Arc<Topic>]>, at: Position) -> Self {
        Self { topics, at, told: Position::default(), batch: VecDeque::new() }
    }

    pub(crate) fn topics(&self) -> &[Arc<Topic>] {
        &self.topics
    }

    pub(crate) fn take_topics(&mut self) -> Box<[Arc<Topic>]> {
        std::mem::take(&mut self.topics)
    }

    pub(crate) fn at(&self) -> Position {
        self.at
    }

    /// Goes to another place.
    pub(crate) fn seek(&mut self, at: Position) {
        self.at = at;
        self.batch.clear();
    }

    /// The place before the n-th entry from the end of all topics, or before the oldest if there are
    /// fewer.
    pub(crate) fn before_last(&self, n: usize) -> Position {
        // Of each topic, no more than n can be among the last n of all.
        let mut last: Vec<Position> = Vec::new();
        for topic in &self.topics {
            let history = topic.read();
            let Some(first) = history.last(n) else { continue };
            last.extend(history.after(first.before()).map(|entry| entry.position));
        }
        last.sort_unstable();
        let first = last.len().checked_sub(n).map(|at| last[at]);
        first.map_or(Position::default(), Position::before)
    }

    /// Whether something was forgotten that comes after this place.
    pub(crate) fn trimmed(&self) -> Vec<&TopicName> {
        let topics = self.topics.iter().filter(|topic| topic.read().trimmed() > self.seen());
        topics.map(|topic| &topic.name).collect()
    }

    /// Takes what was forgotten until now for told.
    pub(crate) fn forgive(&mut self) {
        let trimmed = self.topics.iter().map(|topic| topic.read().trimmed()).max();
        self.told = self.told.max(trimmed.unwrap_or_default());
    }

    /// How many events come after this place, up to another.
    pub(crate) fn count(&self, to: Position) -> usize {
        let count = |topic: &Arc<Topic>| {
            let history = topic.read();
            history.after(self.at).len() - history.after(to).len()
        };
        self.topics.iter().map(count).sum()
    }

    /// Whether all topics are finished and nothing comes after this place.
    pub(crate) fn is_over(&self, settled: Position) -> bool {
        let is_over = |topic: &Arc<Topic>| topic.read().end().is_some_and(|end| end <= settled);
        // The end of each topic is an entry as well.
        self.topics.iter().all(is_over)
            && self.topics.iter().all(|topic| {
                topic.read().after(self.at).all(|entry| matches!(entry.kind, Kind::End))
            })
    }

    /// Whether all that comes before this place has been given out.
    pub(crate) fn is_drained(&self) -> bool {
        self.batch.is_empty()
    }

    /// Whether it is known without a look at the hub up to where all is settled.
    pub(crate) fn is_single(&self) -> bool {
        self.topics.len() == 1
    }

    /// What is ready after this place and not after `settled`, before which nothing more will come.
    pub(crate) fn next(&mut self, settled: Position) -> Ready {
        if let Some(encoded) = self.batch.pop_front() {
            return Ready::Event(encoded);
        }
        if let [topic] = &*self.topics {
            let topic = Arc::clone(topic);
            return self.next_of(&topic);
        }
        let mut next: Option<Entry> = None;
        let mut is_over = true;
        for topic in &self.topics {
            let history = topic.read();
            if history.trimmed() > self.seen() {
                return Ready::Gap;
            }
            is_over &= history.end().is_some_and(|end| end <= self.at);
            let before = next.as_ref().map_or(settled, |next| next.position);
            let entry = history.after(self.at).next().filter(|entry| entry.position <= before);
            if let Some(entry) = entry {
                next = Some(entry.clone());
            }
        }
        match next {
            None if is_over => Ready::End,
            None => Ready::Nothing,
            Some(Entry { position, kind, .. }) => {
                self.at = position;
                match kind {
                    Kind::Event(encoded) => Ready::Event(encoded),
                    Kind::End => self.next(settled),
                }
            }
        }
    }

    /// What is ready of the only topic.
    fn next_of(&mut self, topic: &Topic) -> Ready {
        let history = topic.read();
        if history.trimmed() > self.seen() {
            return Ready::Gap;
        }
        let mut entries = history.after(self.at);
        let first = match entries.next() {
            Some(Entry { kind: Kind::Event(encoded), position, .. }) => {
                self.at = *position;
                encoded.clone()
            }
            Some(Entry { kind: Kind::End, .. }) => return Ready::End,
            None if history.end().is_some() => return Ready::End,
            None => {
                // Who waits keeps a place, and no more.
                self.batch = VecDeque::new();
                return Ready::Nothing;
            }
        };
        let mut room = BATCH_BYTES;
        for entry in entries.take(BATCH) {
            let Kind::Event(encoded) = &entry.kind else { break };
            let Some(left) = room.checked_sub(encoded.bytes().len()) else { break };
            room = left;
            self.batch.push_back(encoded.clone());
            self.at = entry.position;
        }
        Ready::Event(first)
    }

    fn seen(&self) -> Position {
        self.at.max(self.told)
    }
}
