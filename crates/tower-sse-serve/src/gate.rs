//! Who is in, and that nobody is to stay.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokio::sync::Notify;

/// Counts the connections that are open, and tells them when the server stops.
#[derive(Default)]
pub(crate) struct Gate {
    is_closing: AtomicBool,
    closing: Notify,
    open: AtomicUsize,
    emptied: Notify,
}

/// One connection that is open.
pub(crate) struct Guest(Arc<Gate>);

impl Gate {
    pub(crate) fn enter(self: &Arc<Self>) -> Guest {
        self.open.fetch_add(1, Ordering::Relaxed);
        Guest(Arc::clone(self))
    }

    pub(crate) fn close(&self) {
        self.is_closing.store(true, Ordering::Release);
        self.closing.notify_waiters();
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Acquire)
    }

    /// Waits until the server stops.
    pub(crate) async fn closing(&self) {
        // What is told from here on wakes it.
        let closing = self.closing.notified();
        if !self.is_closing() {
            closing.await;
        }
    }

    /// Waits until nobody is in.
    pub(crate) async fn emptied(&self) {
        loop {
            let emptied = self.emptied.notified();
            if self.open.load(Ordering::Acquire) == 0 {
                return;
            }
            emptied.await;
        }
    }
}

impl Guest {
    pub(crate) fn gate(&self) -> &Gate {
        &self.0
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        if self.0.open.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.emptied.notify_waiters();
        }
    }
}
