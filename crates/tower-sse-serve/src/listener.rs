//! Where connections come from.

use std::io;
use std::task::{Context, Poll};
use std::time::Duration;

use socket2::SockRef;
use tokio::net::{TcpListener, UnixListener};
use tower_sse::set_peer_timeout;

use crate::socket::Stream;

/// Where connections come from: TCP, or a Unix socket.
#[derive(Debug)]
#[non_exhaustive]
pub enum Listener {
    /// TCP.
    Tcp(TcpListener),
    /// A Unix socket. Its connections have no address.
    Unix(UnixListener),
}

impl Listener {
    pub(crate) fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<Stream>> {
        match self {
            Self::Tcp(listener) => {
                listener.poll_accept(cx).map_ok(|(stream, _)| Stream::Tcp(stream))
            }
            Self::Unix(listener) => {
                listener.poll_accept(cx).map_ok(|(stream, _)| Stream::Unix(stream))
            }
        }
    }

    /// Sets for how long a peer may be silent, where silence does not show that it is gone.
    pub(crate) fn set_peer_timeout(&self, timeout: Duration) -> io::Result<()> {
        match self {
            Self::Tcp(listener) => set_peer_timeout(listener, timeout),
            Self::Unix(_) => Ok(()),
        }
    }

    /// Whether somebody has set so already.
    pub(crate) fn has_peer_timeout(&self) -> io::Result<bool> {
        match self {
            Self::Tcp(listener) => SockRef::from(listener).keepalive(),
            Self::Unix(_) => Ok(false),
        }
    }
}

impl From<TcpListener> for Listener {
    fn from(listener: TcpListener) -> Self {
        Self::Tcp(listener)
    }
}

impl From<UnixListener> for Listener {
    fn from(listener: UnixListener) -> Self {
        Self::Unix(listener)
    }
}
