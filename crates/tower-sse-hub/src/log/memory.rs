//! A log in memory.

mod fault;
mod message_ids;
mod state;
mod tail;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

pub use fault::{AppendFault, Outage};

use super::{
    AppendError, Appended, BoxFuture, Log, LogError, NewEntry, Opened, Page, ReadFrom, Tail,
};
use crate::Mark;
use crate::sync::{Mutex, MutexGuard};
use state::State;
use tail::MemoryTail;

/// A [`Log`] in the memory of this process, which several hubs of it can share: a clone is the same
/// log.
///
/// It outlives the hubs, but not the process. It is the model of what a log does, and fails on
/// demand, so that an application can test what it does when its log fails.
///
/// Positions are 1, 2, 3 and so on. After a break ([`Page::continuity`]) a page begins with the
/// oldest entry that is kept.
///
/// # Examples
/// ```
/// use tower_sse_hub::log::{Content, Log, MemoryLog, NewEntry, Outage, ReadFrom};
/// use tower_sse_hub::{Event, TopicName};
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
/// # runtime.block_on(async {
/// let log = MemoryLog::new().with_count(1000);
/// let news = NewEntry::new(TopicName::new("news")?, Content::Event(Event::new("hello")), None);
/// let stored = log.append(news.clone()).await?;
///
/// let page = log.read(ReadFrom::Oldest, 100).await?;
/// assert_eq!(page.entries[0].mark, stored.mark);
/// assert!(page.at_head);
///
/// log.set_outage(Outage::Unreachable);
/// assert!(log.append(news).await.is_err());
/// log.set_outage(None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct MemoryLog(Arc<Shared>);

struct Shared {
    state: Mutex<State>,
    /// Tells that the state has changed. Nobody is woken while it is locked.
    changes: watch::Sender<()>,
}

impl MemoryLog {
    /// An empty log of its own, that keeps 10,000 entries of up to 1 MiB each.
    pub fn new() -> Self {
        let state = Mutex::new(State::new());
        Self(Arc::new(Shared { state, changes: watch::Sender::new(()) }))
    }

    /// Sets how many entries are kept, at least one. The oldest are trimmed.
    #[must_use]
    pub fn with_count(self, entries: usize) -> Self {
        self.change(|state| state.set_count(entries));
        self
    }

    /// Sets how many bytes of an event, as it is on the wire, are too large if they are exceeded.
    #[must_use]
    pub fn with_max_event(self, bytes: usize) -> Self {
        self.change(|state| state.max_event = bytes);
        self
    }

    /// Sets how often a tail gives a page at least: by default every second.
    #[must_use]
    pub fn with_heartbeat(self, every: Duration) -> Self {
        self.change(|state| state.heartbeat = every);
        self
    }

    /// Sets for how long a message id is known, by default 2 minutes. Of the last 10,000 at most.
    #[must_use]
    pub fn with_dedupe(self, window: Duration) -> Self {
        self.change(|state| state.ids.set_window(window));
        self
    }

    /// How often it was read from, not counting tails.
    pub fn reads(&self) -> u64 {
        self.lock().reads
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock()
    }

    /// Changes the state, and wakes those who wait for that.
    fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let done = change(&mut self.lock());
        self.0.changes.send_replace(());
        done
    }

    /// Waits while the log hangs.
    async fn reach(&self) -> Result<(), Outage> {
        let mut changes = self.0.changes.subscribe();
        loop {
            let outage = self.lock().outage;
            match outage {
                None => return Ok(()),
                Some(Outage::Hanging) => {
                    changes.changed().await.expect("the sender is in the log itself");
                }
                Some(outage) => return Err(outage),
            }
        }
    }
}

impl Log for MemoryLog {
    fn open(&self) -> BoxFuture<'_, Result<Opened, LogError>> {
        Box::pin(async {
            self.reach().await?;
            Ok(self.lock().opened())
        })
    }

    fn append(&self, entry: NewEntry) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async {
            self.reach().await?;
            let fault = self.lock().append_faults.pop_front();
            if let Some(error) = fault.and_then(AppendFault::before) {
                return Err(error);
            }
            let appended = self.change(|state| state.append(entry))?;
            match fault {
                Some(AppendFault::NoAnswer) => std::future::pending().await,
                Some(AppendFault::AnswerLost) => {
                    Err(AppendError::unavailable(true, "answer was lost"))
                }
                _ => Ok(appended),
            }
        })
    }

    fn read(&self, from: ReadFrom, most: usize) -> BoxFuture<'_, Result<Page, LogError>> {
        Box::pin(async move {
            self.reach().await?;
            let mut state = self.lock();
            state.reads += 1;
            Ok(state.read(from, most))
        })
    }

    fn tail(&self, after: Mark) -> BoxFuture<'_, Result<Box<dyn Tail>, LogError>> {
        Box::pin(async move {
            self.reach().await?;
            Ok(Box::new(MemoryTail::new(self.clone(), after)) as _)
        })
    }
}

impl Default for MemoryLog {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let opened = self.lock().opened();
        f.debug_struct("MemoryLog")
            .field("tag", &opened.tag)
            .field("oldest", &opened.oldest)
            .field("newest", &opened.newest)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
