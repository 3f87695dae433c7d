//! The events of one body.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http_body::Body;
use pin_project_lite::pin_project;
use tokio::task::coop::poll_proceed;
use tower_sse_codec::{Decoded, Decoder, Event, Text};

use crate::BoxError;
use crate::decompress::{Decompress, PIECE};
use crate::error::{Error, Kind};

pin_project! {
    /// The events of one body: of a hyper response, of a reqwest one, of a handler in a test.
    ///
    /// It gives the events that a browser would dispatch, those with data. An [`Error`] that
    /// [`is_too_long`](Error::is_too_long) stands for one event that is lost, and the stream goes
    /// on after it; any other is the last item. A body that just ends is no error.
    ///
    /// ```
    /// use tower_sse_client::EventStream;
    /// use tokio_stream::StreamExt;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), tower_sse_client::Error> {
    /// let body = String::from("id: 7\ndata: hello\n\n");
    /// let mut events = EventStream::new(body);
    /// while let Some(event) = events.next().await {
    ///     assert_eq!(event?.data(), Some("hello"));
    /// }
    /// assert_eq!(events.last_event_id(), "7");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "streams do nothing unless polled"]
    pub struct EventStream<B> {
        #[pin]
        body: B,
        decoder: Decoder,
        // What is not yet decoded of the last frame.
        chunk: Bytes,
        decompress: Decompress,
        // What is not yet decompressed of it.
        packed: Bytes,
        // As much was decompressed as may be at a time: there may be more.
        is_full: bool,
        is_done: bool,
    }
}

/// What is found in a body, with the parts that browsers do not show.
#[derive(Debug)]
pub(crate) enum Found {
    /// A block, with data or without.
    Event(Event),
    Comment(Text),
    /// Bytes of which nothing can be said yet.
    Bytes,
}

impl<B> EventStream<B> {
    /// The events of this body, which is read as it is: what is compressed is for
    /// [`EventStreamLayer`](crate::EventStreamLayer) to read.
    pub fn new(body: B) -> Self {
        Self::with_decoder(body, Decoder::new())
    }

    /// The events of this body as this decoder finds them: with other limits, or after a last event
    /// id.
    pub fn with_decoder(body: B, decoder: Decoder) -> Self {
        let (chunk, packed, decompress) = (Bytes::new(), Bytes::new(), Decompress::Plain);
        Self { body, decoder, chunk, decompress, packed, is_full: false, is_done: false }
    }

    /// Has the body decompressed.
    pub(crate) fn decompressed(mut self, decompress: Decompress) -> Self {
        self.decompress = decompress;
        self
    }

    /// The last event id, empty if there is none.
    pub fn last_event_id(&self) -> &str {
        self.decoder.last_event_id()
    }

    /// How long the server wants clients to wait before they reconnect, if it said so.
    pub fn retry(&self) -> Option<Duration> {
        self.decoder.retry()
    }

    /// The decoder, which can go on with the body of another response after
    /// [`reconnect`](Decoder::reconnect).
    pub fn into_decoder(self) -> Decoder {
        self.decoder
    }
}

impl<B> fmt::Debug for EventStream<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream").field("decoder", &self.decoder).finish_non_exhaustive()
    }
}

impl<B: Default + Unpin> EventStream<B> {
    /// Goes on with the body of another response.
    pub(crate) fn reopen(&mut self, body: B, decompress: Decompress) {
        self.body = body;
        self.decompress = decompress;
        self.packed = Bytes::new();
        self.is_full = false;
        self.decoder.reconnect();
        self.chunk = Bytes::new();
        self.is_done = false;
    }

    /// Drops the body.
    pub(crate) fn close(&mut self) {
        self.reopen(B::default(), Decompress::Plain);
        self.is_done = true;
    }
}

impl<B> EventStream<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Like [`Stream::poll_next`], with everything that there is.
    pub(crate) fn poll_found(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Found, Error>>> {
        let mut this = self.project();
        if *this.is_done {
            return Poll::Ready(None);
        }
        // A body that is always ready leaves time for others, and for timeouts.
        let coop = ready!(poll_proceed(cx));
        if this.chunk.is_empty() && (*this.is_full || !this.packed.is_empty()) {
            match this.decompress.piece(this.packed) {
                Ok(piece) => {
                    *this.is_full = piece.len() == PIECE;
                    *this.chunk = piece;
                }
                Err(cause) => {
                    *this.is_done = true;
                    return Poll::Ready(Some(Err(Kind::Corrupt(cause).into())));
                }
            }
        }
        let is_read = this.chunk.is_empty() && this.packed.is_empty() && !*this.is_full;
        if is_read {
            match ready!(this.body.as_mut().poll_frame(cx)) {
                Some(Ok(frame)) => {
                    if let Ok(mut data) = frame.into_data() {
                        let bytes = data.copy_to_bytes(data.remaining());
                        if this.decompress.is_plain() {
                            *this.chunk = bytes;
                        } else {
                            *this.packed = bytes;
                        }
                    }
                }
                Some(Err(cause)) => {
                    *this.is_done = true;
                    return Poll::Ready(Some(Err(Kind::Body(cause.into()).into())));
                }
                None => {
                    *this.is_done = true;
                    return Poll::Ready(None);
                }
            }
        }
        let mut input = &this.chunk[..];
        let found = match this.decoder.next(&mut input) {
            Some(Ok(Decoded::Event(event))) => Ok(Found::Event(event.into())),
            Some(Ok(Decoded::Comment(text))) => Ok(Found::Comment(text.into())),
            Some(Err(error)) => Err(Kind::TooLong(error).into()),
            Some(Ok(_)) | None => Ok(Found::Bytes),
        };
        let used = this.chunk.len() - input.len();
        this.chunk.advance(used);
        coop.made_progress();
        Poll::Ready(Some(found))
    }
}

impl<B> Stream for EventStream<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.as_mut().poll_found(cx)) {
                Some(Ok(Found::Event(event))) if event.data().is_some() => {
                    return Poll::Ready(Some(Ok(event)));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}
