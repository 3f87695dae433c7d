//! A topic: what is remembered of it, and who waits for more.

use crate::TopicName;
use crate::history::History;
use crate::sync::{Mutex, MutexGuard};
use crate::waiters::Waiters;

#[derive(Debug)]
pub(crate) struct Topic {
    pub(crate) name: TopicName,
    pub(crate) waiters: Waiters,
    history: Mutex<History>,
}

impl Topic {
    pub(crate) fn new(name: TopicName, history: History) -> Self {
        Self { name, waiters: Waiters::default(), history: Mutex::new(history) }
    }

    pub(crate) fn history(&self) -> MutexGuard<'_, History> {
        self.history.lock()
    }
}
