//! The end of a log in memory, as it grows.

use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::{MemoryLog, Outage};
use crate::Mark;
use crate::log::{BoxFuture, LogError, Page, Tail};

/// The end of a [`MemoryLog`].
pub(super) struct MemoryTail {
    log: MemoryLog,
    changes: watch::Receiver<()>,
    /// Where it is, and in which life of the log.
    upto: Mark,
    life: u64,
    /// How often tails had been broken before it began.
    breaks: u64,
    /// When there will be a page whatever happens.
    beat: Instant,
}

impl MemoryTail {
    pub(super) fn new(log: MemoryLog, after: Mark) -> Self {
        let changes = log.0.changes.subscribe();
        let state = log.lock();
        let (life, breaks) = (state.life, state.breaks);
        let beat = Instant::now() + state.heartbeat;
        drop(state);
        Self { log, changes, upto: after, life, breaks, beat }
    }

    /// The next page, if it is time for one.
    fn try_next(&mut self) -> Result<Option<Page>, LogError> {
        // What changes after this wakes it.
        self.changes.borrow_and_update();
        let state = self.log.lock();
        if self.breaks != state.breaks {
            return Err(state.outage.unwrap_or(Outage::Unreachable).into());
        }
        if state.outage.is_some() {
            return Ok(None);
        }
        let page = state.follow(self.upto, self.life);
        let now = Instant::now();
        if page.upto == self.upto && page.continuity.is_none() && now < self.beat {
            return Ok(None);
        }
        self.upto = page.upto;
        self.life = state.life;
        self.beat = now + state.heartbeat;
        Ok(Some(page))
    }
}

impl Tail for MemoryTail {
    fn next(&mut self) -> BoxFuture<'_, Result<Page, LogError>> {
        Box::pin(async {
            loop {
                if let Some(page) = self.try_next()? {
                    return Ok(page);
                }
                let is_hanging = self.log.lock().outage.is_some();
                tokio::select! {
                    _ = self.changes.changed() => {}
                    () = sleep_until(self.beat), if !is_hanging => {}
                }
            }
        })
    }
}
