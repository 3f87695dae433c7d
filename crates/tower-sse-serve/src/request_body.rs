//! The body of a request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;

/// The body of a request, as a service gets it.
///
/// A connection on which it is still read is not taken over.
pub struct RequestBody {
    incoming: Incoming,
    read: Option<Read>,
}

/// Whether the body of a request has been read to its end; none when there was nothing to read.
pub(crate) type Read = Arc<AtomicBool>;

impl RequestBody {
    /// The body, and what tells whether it has been read.
    pub(crate) fn new(incoming: Incoming) -> (Self, Option<Read>) {
        let read = (!incoming.is_end_stream()).then(Read::default);
        (Self { incoming, read: read.clone() }, read)
    }
}

impl Body for RequestBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = ready!(Pin::new(&mut self.incoming).poll_frame(cx));
        if frame.is_none() || self.incoming.is_end_stream() {
            if let Some(read) = self.read.take() {
                read.store(true, Ordering::Relaxed);
            }
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.incoming.size_hint()
    }
}

impl fmt::Debug for RequestBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBody").field("ended", &self.is_end_stream()).finish()
    }
}
