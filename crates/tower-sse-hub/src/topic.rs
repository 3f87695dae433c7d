//! A topic: what is remembered of it, and who waits for more.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::TopicName;
use crate::history::History;
use crate::waiters::Waiters;

#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: TopicName,
    pub(crate) waiters: Waiters,
    history: RwLock<History>,
}

impl Topic {
    pub(crate) fn new(name: TopicName, history: History) -> Self {
        Self { name, waiters: Waiters::default(), history: RwLock::new(history) }
    }

    // No code of a user runs under these locks, so that none is ever poisoned.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, History> {
        self.history.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, History> {
        self.history.write().unwrap_or_else(PoisonError::into_inner)
    }
}
