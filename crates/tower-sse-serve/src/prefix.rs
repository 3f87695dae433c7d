//! What was read from a connection already, before the rest of it.

#[cfg(feature = "http2")]
use std::io;
#[cfg(feature = "http2")]
use std::pin::Pin;
#[cfg(feature = "http2")]
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
#[cfg(feature = "http2")]
use tokio::io::AsyncRead;
use tokio::io::ReadBuf;

/// What was read from a connection already, and is to be read again before the rest.
#[derive(Default)]
pub(crate) struct Prefix(Bytes);

impl From<Bytes> for Prefix {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl Prefix {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_bytes(self) -> Bytes {
        self.0
    }

    /// Reads from it as much as fits.
    pub(crate) fn read(&mut self, buf: &mut ReadBuf<'_>) {
        let read = self.0.len().min(buf.remaining());
        buf.put_slice(&self.0[..read]);
        self.0.advance(read);
        if self.0.is_empty() {
            // Whatever it was a part of is not to live on.
            self.0 = Bytes::new();
        }
    }
}

#[cfg(feature = "http2")]
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// Reads as much as tells whether the client begins HTTP/2 (RFC 9113, section 3.4). What was read is
/// a part of the prefix then.
#[cfg(feature = "http2")]
pub(crate) fn poll_is_http2(
    prefix: &mut Prefix,
    stream: &mut (impl AsyncRead + Unpin),
    cx: &mut Context<'_>,
) -> Poll<io::Result<bool>> {
    loop {
        let known = prefix.0.len().min(PREFACE.len());
        if prefix.0[..known] != PREFACE[..known] {
            return Poll::Ready(Ok(false));
        }
        if known == PREFACE.len() {
            return Poll::Ready(Ok(true));
        }
        let mut bytes = [0; PREFACE.len()];
        let mut buf = ReadBuf::new(&mut bytes);
        ready!(Pin::new(&mut *stream).poll_read(cx, &mut buf))?;
        if buf.filled().is_empty() {
            return Poll::Ready(Ok(false));
        }
        prefix.0 = [&prefix.0, buf.filled()].concat().into();
    }
}
