//! What all handles to the same streams share.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tracing::{debug, debug_span};

use crate::streams::bucket::Bucket;
use crate::streams::limits::Room;
#[cfg(feature = "metrics")]
use crate::streams::metrics::Metrics;
use crate::streams::open_stream::{Entry, Opening};
use crate::streams::registry::{ListId, Registry};
use crate::sync::Mutex;
use crate::{Builder, Cause, Key, OpenStream, Permit, Reason, Stats};

pub(crate) struct Shared {
    pub(crate) settings: Builder,
    started: Instant,
    state: Mutex<State>,
    /// How many have left the registry, of which the end is not told yet.
    ending: AtomicUsize,
    /// Told whenever nothing is open any more, and all ends are told.
    empty: Notify,
    #[cfg(feature = "metrics")]
    metrics: Metrics,
}

struct State {
    registry: Registry<OpenStream>,
    bucket: Option<Bucket>,
    draining: bool,
    /// But for what is open: `events` and `bytes` are of those that have ended.
    stats: Stats,
}

impl Shared {
    pub(crate) fn new(settings: Builder) -> Self {
        let state = State {
            registry: Registry::default(),
            bucket: settings.bucket.clone(),
            draining: false,
            stats: Stats::default(),
        };
        Self {
            settings,
            started: Instant::now(),
            state: Mutex::new(state),
            ending: AtomicUsize::new(0),
            empty: Notify::new(),
            #[cfg(feature = "metrics")]
            metrics: Metrics::new(),
        }
    }

    /// Lets a stream in, or says why not.
    pub(crate) fn admit(self: &Arc<Self>, key: Option<Key>) -> Result<Permit, Cause> {
        let opened = Instant::now();
        // A subscriber is not ours: a span is neither made nor dropped under the lock.
        let span = debug_span!("event_stream", key = key.as_ref().map(tracing::field::display));
        let (traced, opening) = (span.clone(), Opening { key, opened, span });

        let mut state = self.state.lock();
        let vacancy = match state.vacancy(self, opening.key.as_ref(), opened) {
            Ok(vacancy) => vacancy,
            Err(cause) => {
                drop(state);
                traced.in_scope(|| self.refused(cause));
                return Err(cause);
            }
        };
        let dismissed = vacancy.of_oldest.and_then(|list| state.registry.dismiss_oldest(list));
        let dismissed = dismissed.cloned();
        let stream = state.registry.insert(vacancy.list, |place| {
            OpenStream(Arc::new(Entry::new(Arc::clone(self), place, opening)))
        });
        let permit = Permit::new(Arc::clone(&stream.0));
        state.stats.opened += 1;
        drop(state);

        if let Some(dismissed) = dismissed {
            dismissed.0.tell(Reason::Limit);
        }
        debug!(parent: &traced, "opened");
        #[cfg(feature = "metrics")]
        self.metrics.opened();
        Ok(permit)
    }

    pub(crate) fn refused(&self, cause: Cause) {
        self.state.lock().stats.refused[cause as usize] += 1;
        #[cfg(feature = "metrics")]
        self.metrics.refused(cause);
        debug!(%cause, "refused");
    }

    /// Counts what a stream has sent.
    pub(crate) fn sent(&self, entry: &Entry, events: usize, bytes: usize) {
        let _is_first = entry.sent(events, bytes);
        #[cfg(feature = "metrics")]
        self.metrics.sent(events, bytes, _is_first.then(|| entry.opened.elapsed()));
    }

    /// Takes a stream out, the body of which has been dropped.
    pub(crate) fn close(&self, entry: &Arc<Entry>) {
        let stream = OpenStream(Arc::clone(entry));
        let reason = entry.told().expect("whoever closes it has given it a reason");
        let mut state = self.state.lock();
        let place = state.registry.remove(entry.place, entry.key.as_ref());
        state.stats.ended[reason as usize] += 1;
        state.stats.events += stream.events();
        state.stats.bytes += stream.bytes();
        let ending = Ending::begin(self);
        drop(state);
        drop(place);

        entry.set_waker(None);
        entry.close();
        let (events, bytes) = (stream.events(), stream.bytes());
        debug!(parent: &entry.span, %reason, events, bytes, age = ?stream.age(), "ended");
        #[cfg(feature = "metrics")]
        self.metrics.ended(reason);
        if let Some(on_end) = &self.settings.on_end {
            // A second panic, while a body is dropped by the first, would abort the process.
            let _ = catch_unwind(AssertUnwindSafe(|| on_end(&stream, reason)));
        }
        drop(ending);
    }

    pub(crate) fn stats(&self) -> Stats {
        let state = self.state.lock();
        let mut stats = Stats { open: state.registry.len(), ..state.stats };
        for stream in state.registry.values() {
            stats.events += stream.events();
            stats.bytes += stream.bytes();
        }
        stats
    }

    pub(crate) fn open(&self) -> usize {
        self.state.lock().registry.len()
    }

    pub(crate) fn open_of(&self, key: &Key) -> usize {
        let count = self.state.lock().registry.count_of(key);
        count.staying + count.leaving
    }

    pub(crate) fn all(&self) -> Vec<OpenStream> {
        self.state.lock().registry.values().cloned().collect()
    }

    /// But for those that make room already.
    pub(crate) fn of(&self, key: &Key) -> Vec<OpenStream> {
        self.state.lock().registry.values_of(key).cloned().collect()
    }

    /// Lets nobody in any more, and gives those who are in.
    pub(crate) fn close_doors(&self) -> Vec<OpenStream> {
        let mut state = self.state.lock();
        state.draining = true;
        state.registry.values().cloned().collect()
    }

    pub(crate) fn is_draining(&self) -> bool {
        self.state.lock().draining
    }

    /// Whether nothing is open, and all ends are told.
    fn is_empty(&self) -> bool {
        // In this order: what leaves the registry is among those that end before.
        self.open() == 0 && self.ending.load(Ordering::Acquire) == 0
    }

    /// Waits until nothing is open, and all ends are told.
    pub(crate) async fn emptied(&self) {
        loop {
            // What is told from here on wakes it.
            let empty = self.empty.notified();
            if self.is_empty() {
                return;
            }
            empty.await;
        }
    }

    fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.started)
    }
}

/// A stream that has left the registry, of which the end is not told yet. What is told is others' code,
/// which may panic.
struct Ending<'a>(&'a Shared);

impl<'a> Ending<'a> {
    fn begin(shared: &'a Shared) -> Self {
        shared.ending.fetch_add(1, Ordering::Relaxed);
        Self(shared)
    }
}

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        let Self(shared) = self;
        if shared.ending.fetch_sub(1, Ordering::AcqRel) == 1 && shared.is_empty() {
            shared.empty.notify_waiters();
        }
    }
}

/// Where a new stream has its place.
struct Vacancy {
    list: Option<ListId>,
    /// The list of which the oldest has to go for it.
    of_oldest: Option<ListId>,
}

impl State {
    /// Finds a place for a new stream of this key.
    fn vacancy(
        &mut self,
        shared: &Shared,
        key: Option<&Key>,
        now: Instant,
    ) -> Result<Vacancy, Cause> {
        if self.draining {
            return Err(Cause::Draining);
        }
        let list = key.map(|key| self.registry.list(key));
        let room = self.room(shared, list, now);
        if let (Err(_), Some(list), Some(key)) = (room, list, key) {
            self.registry.release(list, key);
        }
        room.map(|room| Vacancy { list, of_oldest: list.filter(|_| room == Room::OfOldest) })
    }

    /// Where a new stream in this list finds room now.
    fn room(&mut self, shared: &Shared, list: Option<ListId>, now: Instant) -> Result<Room, Cause> {
        let of_key = list.map(|list| self.registry.count_in(list));
        let room = shared.settings.limits.room(self.registry.len(), of_key)?;
        // Last: who is refused for something else takes nothing from the others.
        let bucket = self.bucket.as_mut();
        if bucket.is_some_and(|bucket| !bucket.take(shared.age(now))) {
            return Err(Cause::Rate);
        }
        Ok(room)
    }
}
