//! A topic: what is remembered of it, and who waits for more.

use std::task::Waker;

use crate::TopicName;
use crate::history::History;
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};
use crate::waiters::{Place, Waiters};

#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: TopicName,
    state: Mutex<State>,
    /// The round of the waiters, for those who only want to know whether it is still theirs.
    round: AtomicU64,
}

/// What is remembered, and who waits for more: under one lock, so that nobody misses anything who
/// sees that there is nothing and waits.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) history: History,
    pub(crate) waiters: Waiters,
}

impl Topic {
    pub(crate) fn new(name: TopicName, history: History) -> Self {
        let waiters = Waiters::default();
        let round = AtomicU64::new(waiters.round());
        Self { name, state: Mutex::new(State { history, waiters }), round }
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    /// Whether this waker waits here, and nothing has come since: known without a lock.
    #[inline]
    pub(crate) fn is_waiting(&self, place: &Place, waker: &Waker) -> bool {
        place.is_waiting(self.round.load(Ordering::Acquire), waker)
    }

    /// Wakes all who wait, and counts them.
    pub(crate) fn wake(&self) -> usize {
        let mut state = self.lock();
        let count = state.waiters.len();
        let mut woken = state.waiters.take();
        self.round.store(state.waiters.round(), Ordering::Release);
        drop(state);
        if woken.capacity() > 0 {
            // The lock is gone: a reader that is polled inline would take it again.
            woken.drain(..).for_each(Waker::wake);
            self.lock().waiters.give_back(woken);
        }
        count
    }

    /// Waits no more.
    pub(crate) fn leave(&self, place: &mut Place) {
        let waker = self.lock().waiters.leave(place);
        // Not under the lock.
        drop(waker);
    }
}

#[cfg(all(test, hub_loom))]
mod tests;
