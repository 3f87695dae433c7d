//! What a hub and all of its subscriptions share.

use std::sync::Arc;
use std::time::SystemTime;

use tokio::sync::watch;
use tokio::time::Instant;
use tower_sse_codec::{Encoded, Event, EventId};

use crate::builder::Builder;
use crate::error::PublishError;
use crate::health::Condition;
use crate::log::{self, Content, Log, Opened};
use crate::pages::{Page, PageEntry, Pages};
use crate::stats::{Counters, Stats};
use crate::store::Store;
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};
use crate::topic::Topic;
use crate::{Mark, Position, TopicName};

/// What a hub and all of its subscriptions share.
pub(crate) struct Shared {
    pub(crate) settings: Builder,
    pub(crate) counters: Counters,
    store: Mutex<Store>,
    /// The head of the store: readers ask for it often, and publishers hold the store for longer.
    settled: Mutex<Mark>,
    pub(crate) behind: Option<Behind>,
}

/// What stands behind a hub that has a log.
pub(crate) struct Behind {
    pub(crate) log: Arc<dyn Log>,
    pub(crate) pages: Arc<Pages>,
    pub(crate) condition: Arc<Condition>,
    /// How far the hub has come.
    reached: watch::Sender<Position>,
    /// Of which log all places are.
    generation: AtomicU64,
    /// How often the log was found to go on where the hub is.
    session: AtomicU64,
}

/// In a generation: the hub is isolated.
pub(crate) const ISOLATED: u64 = 1;

/// From one generation to the next.
const NEXT: u64 = 2;

impl Behind {
    pub(crate) fn new(log: Arc<dyn Log>, pages: Arc<Pages>, condition: Arc<Condition>) -> Self {
        let (reached, generation) = (watch::Sender::default(), AtomicU64::new(0));
        let session = AtomicU64::new(0);
        Self { log, pages, condition, reached, generation, session }
    }
}

impl Shared {
    /// A hub that has no log.
    pub(crate) fn new(settings: Builder) -> Self {
        let store = Store::new(settings.retention.clone());
        Self::with_store(settings, store, None)
    }

    /// A hub for what a log has after `head`.
    pub(crate) fn of_log(settings: Builder, behind: Behind, tag: &str, head: Mark) -> Self {
        let store = Store::of_log(settings.retention.clone(), tag, head);
        Self::with_store(settings, store, Some(behind))
    }

    fn with_store(settings: Builder, store: Store, behind: Option<Behind>) -> Self {
        let settled = Mutex::new(store.head());
        Self { settings, counters: Counters::default(), store: Mutex::new(store), settled, behind }
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

    /// Of which log all places are: when the log is found to be another, those of before mean nothing.
    /// While the hub is isolated, it is none.
    pub(crate) fn generation(&self) -> u64 {
        self.behind.as_ref().map_or(0, |behind| behind.generation.load(Ordering::Acquire))
    }

    /// Whether the log is out of reach for longer than anybody is to wait for a page of it.
    pub(crate) fn is_late(&self) -> bool {
        self.behind.as_ref().is_some_and(|behind| behind.condition.is_late())
    }

    /// How far the hub has come, as it changes.
    pub(crate) fn reached(&self) -> Option<watch::Receiver<Position>> {
        self.behind.as_ref().map(|behind| behind.reached.subscribe())
    }

    /// Publishes an event, and wakes those who wait for it.
    pub(crate) fn publish(&self, name: &TopicName, event: Event) -> Result<EventId, PublishError> {
        if event.id().is_some() {
            return Err(PublishError::HasId);
        }
        let key = self.settings.key(name, &event).map_err(|_| PublishError::KeyPanicked)?;
        self.add(|store| store.publish(name, event, key, Instant::now()))
    }

    /// Whether the hub would take this from its log, as far as it knows.
    pub(crate) fn check(&self, topic: &TopicName, content: &Content) -> Result<(), PublishError> {
        if let Content::Event(event) = content {
            if event.id().is_some() {
                return Err(PublishError::HasId);
            }
            self.settings.key(topic, event).map_err(|_| PublishError::KeyPanicked)?;
        }
        self.store().check(topic, content)
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
        self.counters.publish();
        topic.wake();
        Ok(id)
    }

    /// Adds what the log has, and wakes those who wait for it: gives how many do.
    pub(crate) fn insert(&self, page: log::Page) -> usize {
        self.take(page, |_| false)
    }

    /// Goes on with this page: the log no longer has what came before it. Who waits will see.
    pub(crate) fn skip_to(&self, page: log::Page) {
        let before = page.before();
        self.take(page, |store| {
            store.skip_to(before);
            true
        });
    }

    /// Begins anew with this page: the log is another. Who waits will see.
    pub(crate) fn begin_anew(&self, opened: &Opened, page: log::Page) {
        let Some(behind) = &self.behind else { return };
        let before = page.before();
        self.take(page, |store| {
            store.begin_anew(&opened.tag, before);
            behind.generation.fetch_add(NEXT, Ordering::Release);
            true
        });
        behind.pages.clear();
    }

    /// The log was broken, and goes on where the hub is. It may have lost what comes after that, which
    /// some have read: they will see.
    pub(crate) fn verified(&self) {
        if let Some(behind) = &self.behind {
            behind.session.fetch_add(1, Ordering::Release);
            behind.pages.clear();
            self.wake_all();
        }
    }

    /// How often the log was found to go on where the hub is.
    pub(crate) fn session(&self) -> u64 {
        self.behind.as_ref().map_or(0, |behind| behind.session.load(Ordering::Acquire))
    }

    fn wake_all(&self) {
        let subscribed = self.store().subscribed();
        for topic in subscribed {
            topic.wake();
        }
    }

    /// The log is out of reach for longer than anybody is to wait for a page of it.
    pub(crate) fn late(&self) {
        if let Some(behind) = &self.behind {
            behind.condition.late();
            behind.pages.wake();
        }
    }

    /// Nobody here is to wait for the log any more.
    pub(crate) fn isolate(&self) {
        if let Some(behind) = &self.behind {
            behind.condition.isolated();
            behind.generation.fetch_or(ISOLATED, Ordering::Release);
            self.wake_all();
            behind.pages.wake();
        }
    }

    /// The log has given a sign of life.
    pub(crate) fn well(&self) {
        if let Some(behind) = &self.behind {
            if behind.condition.is_well_again() {
                behind.generation.fetch_and(!ISOLATED, Ordering::Release);
            }
        }
    }

    /// Takes a page in, in one step with what is done first, which tells whether all must see it.
    /// Gives how many are woken.
    fn take(&self, page: log::Page, first: impl FnOnce(&mut Store) -> bool) -> usize {
        let (now, clock) = (Instant::now(), SystemTime::now());
        self.counters.skipped_entries.add(page.skipped);
        // The key function is the application's: nothing is locked while it runs.
        let key = |entry: &log::Entry| match &entry.content {
            Content::Event(event) => self.settings.key(&entry.topic, event).ok().flatten(),
            Content::End => None,
        };
        let entries: Vec<_> = page.entries.into_iter().map(|entry| (key(&entry), entry)).collect();

        let mut store = self.store();
        let is_new = first(&mut store);
        let mut topics: Vec<Arc<Topic>> = Vec::new();
        for (key, entry) in entries {
            let age = entry.stored_at.and_then(|stored_at| clock.duration_since(stored_at).ok());
            let at = now.checked_sub(age.unwrap_or_default()).unwrap_or(now);
            if let Some(topic) = store.insert(entry, key, at) {
                self.counters.publish();
                if !topics.iter().any(|other| Arc::ptr_eq(other, &topic)) {
                    topics.push(topic);
                }
            }
        }
        store.pass(page.upto);
        store.sweep(now);
        if is_new {
            topics = store.subscribed();
        }
        self.settle(store, &topics)
    }

    fn settle(&self, store: MutexGuard<'_, Store>, topics: &[Arc<Topic>]) -> usize {
        let head = store.head();
        *self.settled.lock() = head;
        drop(store);
        let woken = topics.iter().map(|topic| topic.wake()).sum();
        if let Some(behind) = &self.behind {
            behind.reached.send_if_modified(|reached| {
                std::mem::replace(reached, head.position) != head.position
            });
        }
        woken
    }

    /// What was read of the log, as subscribers get it. The hub was at `known` before.
    pub(crate) fn page(&self, page: log::Page, known: Position) -> Page {
        let session = self.session();
        let entry = |entry: log::Entry| PageEntry {
            event: match entry.content {
                Content::Event(event) => Some(event.with_id(self.id(entry.mark)).into()),
                Content::End => None::<Encoded>,
            },
            mark: entry.mark,
            topic: entry.topic,
        };
        let log::Page { entries, upto, continuity, .. } = page;
        Page { entries: entries.into_iter().map(entry).collect(), upto, continuity, known, session }
    }

    pub(crate) fn stats(&self) -> Stats {
        let store = self.store();
        Stats { topics: store.topics(), bytes: store.bytes(), ..self.counters.read() }
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("settled", &self.settled()).finish_non_exhaustive()
    }
}
