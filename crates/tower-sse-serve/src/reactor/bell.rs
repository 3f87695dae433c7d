//! How a loop is woken.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Wake, Waker};

/// Where the bells of a loop are heard: it is woken once, however many ring until it looks.
#[derive(Default)]
pub(crate) struct Hall(Mutex<Rung>);

#[derive(Default)]
struct Rung {
    keys: Vec<u32>,
    /// None once it is woken.
    waker: Option<Waker>,
}

/// What wakes a loop for one of its connections.
pub(crate) struct Bell {
    hall: Arc<Hall>,
    key: u32,
    is_rung: AtomicBool,
}

impl Hall {
    /// Has this waker woken when the next rings.
    pub(crate) fn listen(&self, waker: &Waker) {
        let mut rung = self.rung();
        if !rung.waker.as_ref().is_some_and(|mine| mine.will_wake(waker)) {
            let before = rung.waker.replace(waker.clone());
            // Not under the lock: what a waker does when it is dropped is not ours.
            drop(rung);
            drop(before);
        }
    }

    /// Takes those who have rung, in exchange for room for others.
    pub(crate) fn take(&self, keys: &mut Vec<u32>) {
        mem::swap(&mut self.rung().keys, keys);
    }

    /// Wakes the loop for all of them.
    pub(crate) fn wake(&self) {
        let waker = self.rung().waker.take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn ring(&self, key: u32) {
        let mut rung = self.rung();
        rung.keys.push(key);
        let waker = rung.waker.take();
        drop(rung);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    fn rung(&self) -> MutexGuard<'_, Rung> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bell {
    pub(crate) fn new(hall: &Arc<Hall>, key: u32) -> Self {
        Self { hall: Arc::clone(hall), key, is_rung: AtomicBool::new(false) }
    }

    /// Is silent from here on, until it rings again.
    pub(crate) fn hush(&self) {
        // What was done before it rang is to be seen by who looks after this.
        self.is_rung.swap(false, Ordering::AcqRel);
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if !self.is_rung.swap(true, Ordering::AcqRel) {
            self.hall.ring(self.key);
        }
    }
}
