//! What the system tells of sockets.

use std::io;
use std::os::fd::AsRawFd;
use std::task::{Context, Poll};
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Events, Interest, Token};
use tokio::io::unix::AsyncFd;

use crate::socket::Socket;

/// Tells of sockets what has changed: that there is something to read, or room to write, or nobody
/// any more.
pub(super) struct Selector {
    poll: AsyncFd<mio::Poll>,
    /// None while they are looked at.
    events: Option<Events>,
}

/// How many events the system tells at once.
const EVENTS: usize = 512;

impl Selector {
    pub(super) fn new() -> io::Result<Self> {
        // Deprecated for types that may close or change the file they tell of, which this never does.
        #[allow(deprecated)]
        let poll = AsyncFd::with_interest(mio::Poll::new()?, tokio::io::Interest::READABLE)?;
        Ok(Self { poll, events: Some(Events::with_capacity(EVENTS)) })
    }

    /// Tells of a socket from here on, by this key.
    pub(super) fn add(&self, socket: &Socket, key: usize) -> io::Result<()> {
        let interest = Interest::READABLE | Interest::WRITABLE;
        let registry = self.poll.get_ref().registry();
        registry.register(&mut SourceFd(&socket.as_raw_fd()), Token(key), interest)
    }

    /// Tells of a socket no more.
    pub(super) fn remove(&self, socket: &Socket) -> io::Result<()> {
        self.poll.get_ref().registry().deregister(&mut SourceFd(&socket.as_raw_fd()))
    }

    /// What the system tells, which is to be [given back](Selector::give_back). With nothing, the
    /// task is woken when there is something.
    pub(super) fn take(&mut self, cx: &mut Context<'_>) -> Option<Events> {
        // An error says that the runtime ends.
        let Poll::Ready(Ok(mut guard)) = self.poll.poll_read_ready_mut(cx) else { return None };
        let mut events = self.events.take()?;
        let polled = guard.get_inner_mut().poll(&mut events, Some(Duration::ZERO));
        if events.iter().count() < EVENTS && polled.is_ok() {
            guard.clear_ready();
        }
        Some(events)
    }

    /// Takes back what was looked at, with room for more.
    pub(super) fn give_back(&mut self, events: Events) {
        self.events = Some(events);
    }
}
