//! Locks that are never poisoned: no code of a user runs under them but the clone of a waker, and
//! what panics nevertheless leaves all in order.

use std::sync::PoisonError;

#[cfg(hub_loom)]
use loom::sync;
#[cfg(not(hub_loom))]
use std::sync;

pub(crate) use sync::MutexGuard;
pub(crate) use sync::atomic::{AtomicU64, Ordering};

#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(sync::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
