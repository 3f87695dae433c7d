//! What a hub and all of its subscriptions share.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::Retention;
use crate::position::Position;
use crate::store::Store;

/// What a hub and all of its subscriptions share.
#[derive(Debug)]
pub(crate) struct Shared(Mutex<Store>);

impl Shared {
    pub(crate) fn new(retention: Retention) -> Self {
        Self(Mutex::new(Store::new(retention)))
    }

    pub(crate) fn store(&self) -> MutexGuard<'_, Store> {
        // No code of a user runs under this lock, so that it is never poisoned.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The place up to which no entry will come any more.
    pub(crate) fn settled(&self) -> Position {
        self.store().head()
    }
}
