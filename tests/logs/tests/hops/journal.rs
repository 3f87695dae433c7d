//! What was published, and is known to be.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;
use tower_sse_hub::EventId;

use crate::until::PATIENCE;

pub(crate) const TOPICS: [&str; 5] = ["a", "b", "c", "d", "e"];

/// What was published, in its order, which is that of the log: the plain list that all is checked
/// against. The data of each event is its number in here.
#[derive(Default)]
pub(crate) struct Journal {
    said: Mutex<Vec<Said>>,
    progress: watch::Sender<Progress>,
}

/// An event that the log has confirmed.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) topic: &'static str,
    pub(crate) mark: String,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// How many were published.
    pub(crate) count: usize,
    /// There will be no more.
    pub(crate) is_complete: bool,
}

/// An id without the name of the log, of which a node may not know yet that it has begun anew.
pub(crate) fn mark(id: &EventId) -> &str {
    id.as_str().split_once('.').expect("an id of a hub").1
}

impl Journal {
    pub(crate) fn say(&self, topic: &'static str, id: &EventId) {
        self.said().push(Said { topic, mark: mark(id).to_owned() });
        self.progress.send_modify(|progress| progress.count += 1);
    }

    pub(crate) fn complete(&self) {
        self.progress.send_modify(|progress| progress.is_complete = true);
    }

    pub(crate) fn progress(&self) -> Progress {
        *self.progress.borrow()
    }

    /// The number of the last event of these topics.
    pub(crate) fn last(&self, topics: &[&str]) -> Option<usize> {
        self.said().iter().rposition(|said| topics.contains(&said.topic))
    }

    /// Waits until so many more were published.
    pub(crate) async fn grows(&self, more: usize) {
        let least = self.progress().count + more;
        let mut progress = self.progress.subscribe();
        let grown = progress.wait_for(|progress| progress.count >= least);
        let grown = tokio::time::timeout(PATIENCE, grown).await.is_ok();
        assert!(grown, "publishing goes on: {:?}, not yet {least}", self.progress());
    }

    pub(crate) async fn completed(&self) {
        let mut progress = self.progress.subscribe();
        // The sender is in here.
        let _ = progress.wait_for(|progress| progress.is_complete).await;
    }

    pub(crate) fn all(&self) -> Vec<Said> {
        self.said().clone()
    }

    fn said(&self) -> MutexGuard<'_, Vec<Said>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
