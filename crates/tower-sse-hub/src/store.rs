//! All topics of a hub, and the one order of their entries.

use std::cmp::{Ordering, Reverse};
use std::collections::binary_heap::PeekMut;
use std::collections::{BinaryHeap, HashMap};
use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;
use tower_sse_codec::{Event, EventId, Text};

use crate::cursor::Cursor;
use crate::error::PublishError;
use crate::forgotten::Forgotten;
use crate::history::{History, OVERHEAD};
use crate::position::Position;
use crate::topic::Topic;
use crate::{Mark, Retention, TopicName};

/// All topics of a hub, and the one order of their entries.
#[derive(Debug)]
pub(crate) struct Store {
    retention: Retention,
    tag: Box<str>,
    checks: RandomState,
    head: Mark,
    topics: HashMap<TopicName, Slot>,
    /// Who wants to know how many subscribe to a topic.
    demands: HashMap<TopicName, watch::Sender<usize>>,
    /// Each topic that has a history, by an entry that is not younger than its oldest.
    oldest: BinaryHeap<Reverse<Due>>,
    /// The size of all histories.
    bytes: usize,
    forgotten: Forgotten,
}

/// A topic, and how many subscribe to it.
#[derive(Debug)]
struct Slot {
    topic: Arc<Topic>,
    subscribers: usize,
}

#[derive(Debug)]
struct Due {
    position: Position,
    topic: Arc<Topic>,
}

/// How many entries are forgotten by age at once, so that a publisher does not wait for a million.
const SWEEP: usize = 64;

const TAG_LEN: usize = 6;

impl Store {
    pub(crate) fn new(retention: Retention) -> Self {
        let tag = (0..TAG_LEN).map(|_| fastrand::digit(36));
        let checks = RandomState::new();
        let start = Position::default();
        Self {
            retention,
            tag: tag.collect::<String>().into(),
            head: Mark { position: start, check: checks.hash_one(start) as u32 },
            checks,
            topics: HashMap::new(),
            demands: HashMap::new(),
            oldest: BinaryHeap::new(),
            bytes: 0,
            forgotten: Forgotten::new(),
        }
    }

    /// Where the newest entry is.
    pub(crate) fn head(&self) -> Mark {
        self.head
    }

    /// The id of a place.
    pub(crate) fn id(&self, mark: Mark) -> EventId {
        Cursor { tag: &self.tag, mark }.id()
    }

    /// The place that an id names, if it is one that this hub has given.
    pub(crate) fn mark(&self, id: &EventId) -> Result<Mark, NotOurs> {
        let cursor = Cursor::parse(id).filter(|cursor| *cursor.tag == *self.tag);
        let mark = cursor.ok_or(NotOurs::Foreign)?.mark;
        if mark.position > self.head.position || mark != self.proven(mark.position) {
            return Err(NotOurs::Reset);
        }
        Ok(mark)
    }

    /// A position with its proof, which nobody can make who does not know the key.
    fn proven(&self, position: Position) -> Mark {
        Mark { position, check: self.checks.hash_one(position) as u32 }
    }

    /// Subscribes to the topic of this name, until [`leave`](Store::leave).
    pub(crate) fn join(&mut self, name: &TopicName, now: Instant) -> Arc<Topic> {
        let slot = self.slot(name);
        slot.subscribers += 1;
        let topic = Arc::clone(&slot.topic);
        self.tell_demand(name);
        self.sweep_topic(&topic, now);
        topic
    }

    pub(crate) fn leave(&mut self, topic: &Topic) {
        if let Some(slot) = self.topics.get_mut(&topic.name) {
            slot.subscribers -= 1;
        }
        self.tell_demand(&topic.name);
        forget(&mut self.topics, &mut self.forgotten, topic);
    }

    /// The number of subscribers of a topic, as it changes.
    pub(crate) fn demand(&mut self, name: &TopicName) -> watch::Receiver<usize> {
        let subscribers = self.subscribers(name.as_str());
        // Whoever wanted to know of a topic may be gone.
        self.demands.retain(|_, demand| demand.receiver_count() > 0);
        let demand = self.demands.entry(name.clone());
        demand.or_insert_with(|| watch::Sender::new(subscribers)).subscribe()
    }

    fn tell_demand(&self, name: &TopicName) {
        if let Some(demand) = self.demands.get(name) {
            demand.send_replace(self.subscribers(name.as_str()));
        }
    }

    /// How many subscribe to the topic of this name.
    pub(crate) fn subscribers(&self, name: &str) -> usize {
        self.topics.get(name).map_or(0, |slot| slot.subscribers)
    }

    /// How many bytes the events that are kept take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many topics there are.
    pub(crate) fn topics(&self) -> usize {
        self.topics.len()
    }

    fn slot(&mut self, name: &TopicName) -> &mut Slot {
        let forgotten = &self.forgotten;
        self.topics.entry(name.clone()).or_insert_with(|| {
            let history = History::after_trim(forgotten.trimmed(name));
            Slot { topic: Arc::new(Topic::new(name.clone(), history)), subscribers: 0 }
        })
    }

    /// Adds an event to a topic, and gives its id and the topic, whose waiters are to be woken when
    /// the store is not locked any more.
    pub(crate) fn publish(
        &mut self,
        name: &TopicName,
        event: Event,
        key: Option<Text>,
        now: Instant,
    ) -> Result<(EventId, Arc<Topic>), PublishError> {
        let mark = self.next();
        let id = self.id(mark);
        let event = event.with_id(id.clone());
        if event.encoded_len() + OVERHEAD > self.retention.bytes.min(self.retention.total_bytes) {
            return Err(PublishError::TooLarge);
        }
        let keys = self.retention.keys;
        let topic = self.append(name, mark, now, |history| match key {
            Some(key) => history.push_latest(mark.position, now, &event, key, keys),
            None => history.push(mark.position, now, &event, None),
        })?;
        Ok((id, topic))
    }

    /// Finishes a topic.
    pub(crate) fn finish(
        &mut self,
        name: &TopicName,
        now: Instant,
    ) -> Result<(EventId, Arc<Topic>), PublishError> {
        let mark = self.next();
        let topic = self.append(name, mark, now, |history| history.push_end(mark.position, now))?;
        Ok((self.id(mark), topic))
    }

    fn next(&self) -> Mark {
        self.proven(Position::new(self.head.position.first() + 1, 0))
    }

    fn append(
        &mut self,
        name: &TopicName,
        mark: Mark,
        now: Instant,
        push: impl FnOnce(&mut History),
    ) -> Result<Arc<Topic>, PublishError> {
        let topic = Arc::clone(&self.slot(name).topic);
        let mut state = topic.lock();
        let history = &mut state.history;
        if history.end().is_some() {
            return Err(PublishError::Finished);
        }
        if !history.is_due {
            history.is_due = true;
            self.oldest.push(Reverse(Due { position: mark.position, topic: Arc::clone(&topic) }));
        }
        let before = history.total_bytes();
        push(history);
        while history.len() > self.retention.count || history.bytes() > self.retention.bytes {
            history.trim();
        }
        self.bytes = self.bytes - before + history.total_bytes();
        drop(state);
        self.head = mark;
        self.sweep(now);
        Ok(topic)
    }

    /// Forgets what is too old, and what there is no room for.
    pub(crate) fn sweep(&mut self, now: Instant) {
        let mut by_age = 0;
        while let Some(mut due) = self.oldest.peek_mut() {
            let Reverse(Due { position, topic }) = &mut *due;
            let topic = Arc::clone(topic);
            let mut state = topic.lock();
            let history = &mut state.history;
            let Some((oldest, at)) = history.oldest() else {
                history.is_due = false;
                PeekMut::pop(due);
                continue;
            };
            if oldest != *position {
                *position = oldest;
                continue;
            }
            let is_old = now.saturating_duration_since(at) >= self.retention.age;
            if self.bytes <= self.retention.total_bytes && (!is_old || by_age == SWEEP) {
                return;
            }
            by_age += 1;
            self.bytes -= history.total_bytes();
            history.forget_oldest();
            self.bytes += history.total_bytes();
            if history.oldest().is_none() {
                history.is_due = false;
                PeekMut::pop(due);
                drop(state);
                forget(&mut self.topics, &mut self.forgotten, &topic);
            }
        }
    }

    /// Forgets what is too old of one topic.
    fn sweep_topic(&mut self, topic: &Topic, now: Instant) {
        let mut state = topic.lock();
        let history = &mut state.history;
        let is_old = |at| now.saturating_duration_since(at) >= self.retention.age;
        self.bytes -= history.total_bytes();
        while history.oldest().is_some_and(|(_, at)| is_old(at)) {
            history.forget_oldest();
        }
        self.bytes += history.total_bytes();
    }
}

/// Forgets a topic of which nothing is left, and to which nobody subscribes.
fn forget(topics: &mut HashMap<TopicName, Slot>, forgotten: &mut Forgotten, topic: &Topic) {
    let history = &topic.lock().history;
    let is_used = topics.get(&topic.name).is_some_and(|slot| slot.subscribers > 0);
    if history.oldest().is_none() && !is_used {
        forgotten.note(&topic.name, history.trimmed());
        topics.remove(&topic.name);
    }
}

/// Why an id is not one that this hub has given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotOurs {
    /// It is somebody else's.
    Foreign,
    /// It looks like ours, but we have given no such id.
    Reset,
}

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        self.position == other.position
    }
}

impl Eq for Due {}

impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Due {
    fn cmp(&self, other: &Self) -> Ordering {
        self.position.cmp(&other.position)
    }
}

#[cfg(test)]
mod tests;
