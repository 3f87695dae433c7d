//! Who waits for the next entry of a topic.

use std::task::Waker;

use slab::Slab;

use crate::sync::{Mutex, MutexGuard};

/// Who waits for the next entry of a topic.
///
/// To wait without missing anything, a reader registers first and looks for entries then.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    wakers: Slab<Waker>,
    /// How often all were woken. A place of an earlier round is none any more.
    round: u64,
    /// Room for the wakers of the next round.
    spare: Slab<Waker>,
}

/// A place among the waiters. It must be given back, see [`Waiters::leave`].
#[derive(Debug, Default)]
pub(crate) struct Place(Option<(u64, usize)>);

impl Waiters {
    /// Waits with this waker from here on, in place of the one before. Tells whether it waited already.
    pub(crate) fn join(&self, place: &mut Place, waker: &Waker) -> bool {
        let mut waiting = self.lock();
        if let Some((_, key)) = place.0.filter(|(round, _)| *round == waiting.round) {
            if !waiting.wakers[key].will_wake(waker) {
                let before = std::mem::replace(&mut waiting.wakers[key], waker.clone());
                // Dropped after the lock: a waker may do anything then.
                drop(waiting);
                drop(before);
            }
            return true;
        }
        let key = waiting.wakers.insert(waker.clone());
        place.0 = Some((waiting.round, key));
        false
    }

    /// Waits no more.
    pub(crate) fn leave(&self, place: &mut Place) {
        if let Some((round, key)) = place.0.take() {
            let mut waiting = self.lock();
            if round == waiting.round {
                let waker = waiting.wakers.remove(key);
                drop(waiting);
                drop(waker);
            }
        }
    }

    /// Wakes all who wait.
    pub(crate) fn wake(&self) {
        let mut woken = {
            let mut waiting = self.lock();
            if waiting.wakers.is_empty() {
                return;
            }
            waiting.round += 1;
            let spare = std::mem::take(&mut waiting.spare);
            std::mem::replace(&mut waiting.wakers, spare)
        };
        // The lock is gone: a reader that is polled inline would take it again.
        woken.drain().for_each(Waker::wake);
        self.lock().spare = woken;
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock()
    }
}
