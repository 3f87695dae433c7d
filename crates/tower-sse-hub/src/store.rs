//! All topics of a hub, and the one order of their entries.

mod budget;

use std::collections::{HashMap, VecDeque};
use std::hash::RandomState;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::time::Instant;
use tower_sse_codec::{Event, EventId, Text};

use crate::cursor::{Cursor, MAX_ID_LEN};
use crate::error::PublishError;
use crate::forgotten::Forgotten;
use crate::history::History;
use crate::log::{self, Content};
use crate::order::{Order, Verdict};
use crate::topic::Topic;
use crate::{Mark, Position, Retention, TopicName};
use budget::Budget;

/// All topics of a hub, and the one order of their entries.
#[derive(Debug)]
pub(crate) struct Store {
    tag: Box<str>,
    order: Order,
    head: Mark,
    /// Up to where a topic that nobody knows may have had entries.
    floor: Position,
    topics: HashMap<TopicName, Slot>,
    /// Who wants to know how many subscribe to a topic.
    demands: HashMap<TopicName, Demanded>,
    budget: Budget,
    /// Of how many keys each topic keeps the newest event beyond its bounds.
    keys: usize,
    forgotten: Forgotten,
}

/// The number of subscribers of a topic, which somebody watches.
pub(crate) type Demanded = watch::Sender<usize>;

/// A topic, and how many subscribe to it.
#[derive(Debug)]
struct Slot {
    topic: Arc<Topic>,
    subscribers: usize,
}

const TAG_LEN: usize = 6;

impl Store {
    /// A store that gives the marks itself.
    pub(crate) fn new(retention: Retention) -> Self {
        let tag = (0..TAG_LEN).map(|_| fastrand::digit(36)).collect::<String>();
        let order = Order::Own(RandomState::new());
        let head = order.give(Position::default()).unwrap_or_default();
        Self::with_order(retention, tag, order, head)
    }

    /// A store for what a log has after `head`.
    pub(crate) fn of_log(retention: Retention, tag: &str, head: Mark) -> Self {
        Self::with_order(retention, tag.into(), Order::Log(VecDeque::from([head])), head)
    }

    fn with_order(retention: Retention, tag: String, order: Order, head: Mark) -> Self {
        Self {
            tag: tag.into(),
            order,
            head,
            floor: head.position,
            topics: HashMap::new(),
            demands: HashMap::new(),
            keys: retention.keys,
            budget: Budget::new(retention),
            forgotten: Forgotten::new(),
        }
    }

    /// Where the newest entry is.
    pub(crate) fn head(&self) -> Mark {
        self.head
    }

    /// The name of the log and of its incarnation.
    pub(crate) fn tag(&self) -> &str {
        &self.tag
    }

    /// The id of a place.
    pub(crate) fn id(&self, mark: Mark) -> EventId {
        Cursor { tag: &self.tag, mark }.id()
    }

    /// The place that an id names, and whether it is one of ours; none if it is somebody else's.
    pub(crate) fn mark(&self, id: &EventId) -> Option<(Mark, Verdict)> {
        let Cursor { mark, .. } = Cursor::parse(id).filter(|cursor| *cursor.tag == *self.tag)?;
        Some((mark, self.order.verdict(mark, self.head)))
    }

    /// Whether a mark is one of ours, and where the newest entry is.
    pub(crate) fn verdict(&self, mark: Mark) -> (Verdict, Mark) {
        (self.order.verdict(mark, self.head), self.head)
    }

    /// Subscribes to the topic of this name, until [`leave`](Store::leave). Who watches the demand is
    /// to be told when the store is not locked any more.
    pub(crate) fn join(
        &mut self,
        name: &TopicName,
        now: Instant,
    ) -> (Arc<Topic>, Option<Demanded>) {
        let slot = self.slot(name);
        slot.subscribers += 1;
        let topic = Arc::clone(&slot.topic);
        self.budget.sweep_topic(&topic, now);
        (topic, self.demands.get(name).cloned())
    }

    pub(crate) fn leave(&mut self, topic: &Topic) -> Option<Demanded> {
        if let Some(slot) = self.topics.get_mut(&topic.name) {
            slot.subscribers -= 1;
        }
        forget(&mut self.topics, &mut self.forgotten, topic);
        self.demands.get(&topic.name).cloned()
    }

    /// The number of subscribers of a topic, as it changes.
    pub(crate) fn demand(&mut self, name: &TopicName) -> watch::Receiver<usize> {
        let subscribers = self.subscribers(name.as_str());
        // Whoever wanted to know of a topic may be gone.
        self.demands.retain(|_, demand| demand.receiver_count() > 0);
        let demand = self.demands.entry(name.clone());
        demand.or_insert_with(|| watch::Sender::new(subscribers)).subscribe()
    }

    /// How many subscribe to the topic of this name.
    pub(crate) fn subscribers(&self, name: &str) -> usize {
        self.topics.get(name).map_or(0, |slot| slot.subscribers)
    }

    /// How many bytes the events that are kept take.
    pub(crate) fn bytes(&self) -> usize {
        self.budget.bytes()
    }

    /// How many topics there are.
    pub(crate) fn topics(&self) -> usize {
        self.topics.len()
    }

    fn slot(&mut self, name: &TopicName) -> &mut Slot {
        let (forgotten, floor) = (&self.forgotten, self.floor);
        self.topics.entry(name.clone()).or_insert_with(|| {
            let history = History::after_trim(forgotten.trimmed(name).max(floor));
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
        let mark = self.next()?;
        let id = self.id(mark);
        let event = event.with_id(id.clone());
        let key_len = key.as_ref().map_or(0, |key| key.len());
        if !self.budget.has_room(event.encoded_len() + key_len) {
            return Err(PublishError::TooLarge);
        }
        let topic = self.add_event(name, mark, now, &event, key)?;
        self.sweep(now);
        Ok((id, topic))
    }

    /// Finishes a topic.
    pub(crate) fn finish(
        &mut self,
        name: &TopicName,
        now: Instant,
    ) -> Result<(EventId, Arc<Topic>), PublishError> {
        let mark = self.next()?;
        let topic = self.append(name, mark, |history| history.push_end(mark, now))?;
        self.sweep(now);
        Ok((self.id(mark), topic))
    }

    /// Whether this would be taken from the log.
    pub(crate) fn check(&self, topic: &TopicName, content: &Content) -> Result<(), PublishError> {
        let slot = self.topics.get(topic);
        if slot.is_some_and(|slot| slot.topic.lock().history.end().is_some()) {
            return Err(PublishError::Finished);
        }
        match content {
            Content::Event(event) if !self.budget.has_room(event.encoded_len() + MAX_ID_LEN) => {
                Err(PublishError::TooLarge)
            }
            _ => Ok(()),
        }
    }

    /// Adds what the log has, in its order; what is here already comes to nothing.
    pub(crate) fn insert(
        &mut self,
        entry: log::Entry,
        key: Option<Text>,
        at: Instant,
    ) -> Option<Arc<Topic>> {
        let log::Entry { mark, topic, content, .. } = entry;
        if mark.position <= self.head.position {
            return None;
        }
        let added = match content {
            Content::Event(event) => {
                let event = event.with_id(self.id(mark));
                self.add_event(&topic, mark, at, &event, key)
            }
            Content::End => self.append(&topic, mark, |history| history.push_end(mark, at)),
        };
        self.pass(mark);
        // A topic that is finished stays so, whatever another publisher did not know.
        added.ok()
    }

    /// Notes that the log has nothing more up to here.
    pub(crate) fn pass(&mut self, mark: Mark) {
        if mark.position > self.head.position {
            self.head = mark;
            self.order.note(mark);
        }
    }

    /// Forgets everything, since the log no longer has what comes next: it goes on after `head`.
    pub(crate) fn skip_to(&mut self, head: Mark) {
        self.floor = head.position;
        if let Order::Log(marks) = &mut self.order {
            // What lies between was never seen here.
            marks.clear();
        }
        for slot in self.topics.values() {
            slot.topic.lock().history = History::after_trim(head.position);
        }
        self.topics.retain(|_, slot| slot.subscribers > 0);
        self.budget.clear();
        self.pass(head);
    }

    /// Begins anew, since the log is another.
    pub(crate) fn begin_anew(&mut self, tag: &str, head: Mark) {
        self.tag = tag.into();
        self.order = Order::Log(VecDeque::from([head]));
        self.head = head;
        self.forgotten = Forgotten::new();
        self.skip_to(head);
    }

    /// All topics that somebody subscribes to.
    pub(crate) fn subscribed(&self) -> Vec<Arc<Topic>> {
        let subscribed = self.topics.values().filter(|slot| slot.subscribers > 0);
        subscribed.map(|slot| Arc::clone(&slot.topic)).collect()
    }

    fn next(&self) -> Result<Mark, PublishError> {
        let position = Position::new(self.head.position.first() + 1, 0);
        self.order.give(position).ok_or(PublishError::NeedsLog)
    }

    fn add_event(
        &mut self,
        name: &TopicName,
        mark: Mark,
        at: Instant,
        event: &Event,
        key: Option<Text>,
    ) -> Result<Arc<Topic>, PublishError> {
        let keys = self.keys;
        self.append(name, mark, |history| match key {
            Some(key) => history.push_latest(mark, at, event, key, keys),
            None => history.push(mark, at, event, None),
        })
    }

    fn append(
        &mut self,
        name: &TopicName,
        mark: Mark,
        push: impl FnOnce(&mut History),
    ) -> Result<Arc<Topic>, PublishError> {
        let topic = Arc::clone(&self.slot(name).topic);
        let mut state = topic.lock();
        if state.history.end().is_some() {
            return Err(PublishError::Finished);
        }
        self.budget.add(&topic, &mut state.history, mark.position, push);
        drop(state);
        self.head = mark;
        self.order.note(mark);
        Ok(topic)
    }

    /// Forgets what is too old, and what there is no room for.
    pub(crate) fn sweep(&mut self, now: Instant) {
        let Self { budget, topics, forgotten, .. } = self;
        budget.sweep(now, |topic| forget(topics, forgotten, topic));
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
