//! What a hub and all of its subscriptions share.

use std::sync::Arc;

use tokio::time::Instant;
use tower_sse_codec::{Event, EventId};

use crate::builder::Builder;
use crate::error::PublishError;
use crate::stats::{Counters, Stats};
use crate::store::Store;
use crate::sync::{Mutex, MutexGuard};
use crate::topic::Topic;
use crate::{Mark, TopicName};

/// What a hub and all of its subscriptions share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) settings: Builder,
    pub(crate) counters: Counters,
    store: Mutex<Store>,
    /// The head of the store: readers ask for it often, and publishers hold the store for longer.
    settled: Mutex<Mark>,
}

impl Shared {
    pub(crate) fn new(settings: Builder) -> Self {
        let store = Store::new(settings.retention.clone());
        let settled = Mutex::new(store.head());
        Self { settings, counters: Counters::default(), store: Mutex::new(store), settled }
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        self.store.lock()
    }

    /// The place up to which no entry will come any more.
    pub(crate) fn settled(&self) -> Mark {
        *self.settled.lock()
    }

    pub(crate) fn id(&self, mark: Mark) -> EventId {
        self.store().id(mark)
    }

    /// Publishes an event, and wakes those who wait for it.
    pub(crate) fn publish(&self, name: &TopicName, event: Event) -> Result<EventId, PublishError> {
        if event.id().is_some() {
            return Err(PublishError::HasId);
        }
        let key = self.settings.key(name, &event).map_err(|_| PublishError::KeyPanicked)?;
        self.add(|store| store.publish(name, event, key, Instant::now()))
    }

    /// Finishes a topic, and wakes those who wait for more of it.
    pub(crate) fn finish(&self, name: &TopicName) -> Result<EventId, PublishError> {
        self.add(|store| store.finish(name, Instant::now()))
    }

    fn add(
        &self,
        add: impl FnOnce(&mut Store) -> Result<(EventId, Arc<Topic>), PublishError>,
    ) -> Result<EventId, PublishError> {
        let mut store = self.store();
        let (id, topic) = add(&mut store)?;
        *self.settled.lock() = store.head();
        drop(store);
        self.counters.published.add(1);
        topic.wake();
        Ok(id)
    }

    pub(crate) fn stats(&self) -> Stats {
        let store = self.store();
        Stats { topics: store.topics(), bytes: store.bytes(), ..self.counters.read() }
    }
}
