//! What is handed over to a loop.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tower_sse::Slot;
use tower_sse_hub::Subscription;

use super::bell::Hall;
use crate::gate::Guest;
use crate::socket::Socket;

/// A stream that is taken over.
pub(crate) struct Taken<B> {
    pub(crate) socket: Socket,
    pub(crate) body: Pin<Box<B>>,
    /// What is under the body, if nothing is between that changes it.
    pub(crate) slot: Option<Arc<Slot<Subscription>>>,
    /// What the client has sent after its request.
    pub(crate) unread: Bytes,
    /// Whether the connection ends with the body.
    pub(crate) closes: bool,
    pub(crate) guest: Guest,
}

/// The streams that a loop has not looked at yet.
pub(super) struct Inbox<B> {
    pub(super) hall: Arc<Hall>,
    arrived: Mutex<Arrived<B>>,
}

struct Arrived<B> {
    taken: Vec<Taken<B>>,
    is_last: bool,
}

impl<B> Inbox<B> {
    pub(super) fn put(&self, taken: Taken<B>) {
        self.arrived().taken.push(taken);
        self.hall.wake();
    }

    /// Nobody else will arrive.
    pub(super) fn close(&self) {
        self.arrived().is_last = true;
        self.hall.wake();
    }

    /// Those who have arrived, and whether they are the last.
    pub(super) fn take(&self) -> (Vec<Taken<B>>, bool) {
        let mut arrived = self.arrived();
        (std::mem::take(&mut arrived.taken), arrived.is_last)
    }

    fn arrived(&self) -> MutexGuard<'_, Arrived<B>> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<B> Default for Inbox<B> {
    fn default() -> Self {
        let arrived = Mutex::new(Arrived { taken: Vec::new(), is_last: false });
        Self { hall: Arc::default(), arrived }
    }
}
