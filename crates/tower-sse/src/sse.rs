//! A stream of events as an HTTP response.

use std::fmt;
use std::time::Duration;

use futures_core::Stream;
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use sync_wrapper::SyncWrapper;
use tower_sse_codec::Event;

use crate::blocks::OnError;
use crate::compression::Offer;
use crate::{Compression, Item, KeepAlive, Permit, Refusal, SseBody, StreamError, head};

/// A stream of events as an HTTP response.
///
/// The stream yields [`Event`]s, [`Encoded`](crate::Encoded)s, or `Result`s of either. It must be
/// `Send` where the host wants that; nothing else is asked of it.
///
/// ```
/// use std::time::Duration;
/// use tower_sse::{Event, KeepAlive, Sse};
///
/// let (sender, receiver) = tokio::sync::mpsc::channel::<Event>(16);
/// let events = tokio_stream::wrappers::ReceiverStream::new(receiver);
///
/// let response = Sse::new(events)
///     .with_retry(Duration::from_secs(2))
///     .with_keep_alive(KeepAlive::every(Duration::from_secs(20)))
///     .into_response();
/// assert_eq!(response.headers()["cache-control"], "no-store, no-transform");
/// # drop(sender);
/// ```
#[must_use = "an Sse does nothing until it is made a response"]
pub struct Sse<S>
where
    S: Stream,
    S::Item: Item,
{
    pub(crate) stream: Option<S>,
    pub(crate) retry: Option<Duration>,
    pub(crate) window: Duration,
    pub(crate) keep_alive: Option<KeepAlive>,
    pub(crate) on_error: Option<OnError<StreamError<S>>>,
    pub(crate) permit: Option<Permit>,
    pub(crate) lifetime: Option<Duration>,
    pub(crate) finite: bool,
    pub(crate) offer: Option<Offer>,
    refusal: Option<Refusal>,
}

impl<S> Sse<S>
where
    S: Stream,
    S::Item: Item,
{
    /// The longest [`with_window`](Sse::with_window): one second.
    pub const MAX_WINDOW: Duration = Duration::from_secs(1);

    /// A response that sends the events of `stream`, and ends when it ends.
    ///
    /// When a response has ended, an `EventSource` connects anew. See
    /// [`no_content`](Sse::no_content) for how to stop it.
    pub fn new(stream: S) -> Self {
        Self { stream: Some(stream), ..Self::no_content() }
    }

    /// The answer `204 No Content`, which stops an `EventSource` for good.
    ///
    /// It has the type of the stream that would have been sent otherwise:
    ///
    /// ```
    /// # use tower_sse::{Event, LastEventId, Sse};
    /// # use futures_core::Stream;
    /// fn countdown(last: LastEventId) -> Sse<impl Stream<Item = Event>> {
    ///     if last.id().is_some_and(|id| id.as_str() == "0") {
    ///         return Sse::no_content();
    ///     }
    ///     Sse::new(tokio_stream::iter((0..3).rev().map(|n| Event::new("tick").with_id(n.into()))))
    /// }
    /// # assert_eq!(countdown(LastEventId::from_bytes(b"0")).into_response().status(), 204);
    /// # assert_eq!(countdown(LastEventId::Absent).into_response().status(), 200);
    /// ```
    pub fn no_content() -> Self {
        Self {
            stream: None,
            retry: None,
            window: Duration::ZERO,
            keep_alive: Some(KeepAlive::default()),
            on_error: None,
            permit: None,
            lifetime: None,
            finite: false,
            offer: None,
            refusal: None,
        }
    }

    /// The answer to a request that was refused by [`Streams::admit`](crate::Streams::admit). As
    /// with [`no_content`](Sse::no_content), nothing else that is set matters.
    pub fn refused(refusal: Refusal) -> Self {
        Self { refusal: Some(refusal), ..Self::no_content() }
    }

    /// Sets what is sent in silence: by default, an empty comment every 15 seconds.
    pub fn with_keep_alive(mut self, keep_alive: KeepAlive) -> Self {
        self.keep_alive = Some(keep_alive);
        self
    }

    /// Sends nothing in silence. A client that is gone may then go unnoticed until the next event.
    pub fn without_keep_alive(mut self) -> Self {
        self.keep_alive = None;
        self
    }

    /// Tells the client at the head of the stream how long to wait before it reconnects. See
    /// [`Event::with_retry`] for the bounds.
    pub fn with_retry(mut self, retry: Duration) -> Self {
        self.retry = Some(retry);
        self
    }

    /// Lets the stream rest for `window` after each frame that took all that was ready; zero, as
    /// by default, for no rest. At most [`MAX_WINDOW`](Sse::MAX_WINDOW).
    ///
    /// At high rates one wake-up and one write then serve many events: 10 ms are a good start.
    /// An event that comes after a pause is sent at once; none waits for longer than `window`,
    /// and a stream with more ready than a frame takes does not rest.
    pub fn with_window(mut self, window: Duration) -> Self {
        self.window = window.min(Self::MAX_WINDOW);
        self
    }

    /// Shows the error that ends the stream to `on_error`, which may return a last event for the
    /// client. By default, the error is traced.
    ///
    /// Nothing of the error is sent but what that event says.
    pub fn on_error<F>(mut self, on_error: F) -> Self
    where
        F: FnOnce(StreamError<S>) -> Option<Event> + Send + 'static,
    {
        self.on_error = Some(SyncWrapper::new(Box::new(on_error)));
        self
    }

    /// Holds this permit until the body is dropped: see [`Streams`](crate::Streams).
    pub fn with_permit(mut self, permit: Permit) -> Self {
        self.permit = Some(permit);
        self
    }

    /// Ends the stream after `lifetime`, counted from when the response is made: as when the token
    /// that it was opened with expires. An `EventSource` connects anew.
    pub fn with_lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }

    /// Says that the stream ends by itself: a [drain](crate::Streams::drain) lets it, as long as it
    /// can.
    pub fn finite(mut self) -> Self {
        self.finite = true;
        self
    }

    /// Compresses the stream if the client takes it, as the headers of its request say. See
    /// [`Compression`]. The [`body`](Sse::into_body) alone is never compressed.
    pub fn with_compression(mut self, compression: &Compression, request: &HeaderMap) -> Self {
        self.offer = compression.offer(request);
        self
    }

    /// The response: status, [`HEADERS`](crate::HEADERS) and body.
    pub fn into_response(mut self) -> Response<SseBody<S>> {
        if let Some(refusal) = self.refusal.take() {
            return refusal.into_response().map(SseBody::of);
        }
        let no_content = self.stream.is_none();
        let offer = self.offer.take();
        let mut response = Response::new(self.into_body());
        if no_content {
            *response.status_mut() = StatusCode::NO_CONTENT;
            // A cache that kept it would stop every client.
            response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            return response;
        }
        response.headers_mut().extend(head::headers());
        if let Some(offer) = offer {
            offer.apply(&mut response);
        }
        response
    }

    /// The body alone. See [`SseBody`] for what it needs.
    pub fn into_body(mut self) -> SseBody<S> {
        match self.refusal.take() {
            Some(refusal) => SseBody::of(refusal.into_response().into_body()),
            None => SseBody::new(self),
        }
    }
}

impl<S> fmt::Debug for Sse<S>
where
    S: Stream,
    S::Item: Item,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sse")
            .field("no_content", &self.stream.is_none())
            .field("retry", &self.retry)
            .field("window", &self.window)
            .field("keep_alive", &self.keep_alive)
            .field("permit", &self.permit)
            .field("lifetime", &self.lifetime)
            .field("finite", &self.finite)
            .finish_non_exhaustive()
    }
}
