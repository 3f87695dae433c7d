//! The events of a server, over as many connections as it takes.

use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http::HeaderValue;
use tokio::time::{Instant, Sleep, sleep_until};
use tower_sse_codec::Event;

use crate::attempt::{Attempt, BoxBody, Connect};
use crate::error::{Error, Kind};
use crate::event_stream::{EventStream, Found};
use crate::reconnect::{Next, Reconnect};
use crate::update::Update;

mod builder;

pub use builder::{Builder, MakeBody, NoBody};

/// The events of a server, over as many connections as it takes: what `EventSource` is in a browser.
///
/// It is an endless [`Stream`] of the events with data. It connects when it is first polled. When a
/// connection ends or cannot be made it waits as its [`Policy`](crate::Policy) says and makes
/// another, which tells the server the last event id.
///
/// The stream ends after a 204, by which a server says that there is no more, after
/// [`close`](EventSource::close), or with an error that no wait would mend, as its last item. Only
/// an error that [`is_too_long`](Error::is_too_long) is not the last item: it stands for one event
/// that is lost. A failure that may pass is no item: it is an [`update`](EventSource::update), and
/// the first in a row is a warning by `tracing`.
///
/// # Examples
/// ```no_run
/// use bytes::Bytes;
/// use http::Uri;
/// use http_body_util::Full;
/// use hyper_util::{client::legacy::Client, rt::TokioExecutor};
/// use tokio_stream::StreamExt;
/// use tower_sse_client::EventSource;
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let https = hyper_rustls::HttpsConnectorBuilder::new()
///     .with_webpki_roots()
///     .https_or_http()
///     .enable_all_versions()
///     .build();
/// let client = Client::builder(TokioExecutor::new()).build::<_, Full<Bytes>>(https);
/// let mut events = EventSource::get(Uri::from_static("https://example.org/events")).connect(client);
///
/// while let Some(event) = events.next().await {
///     println!("{}", event?.data().unwrap_or_default());
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Cancel safety
/// Nothing is lost when the future of a `next` is dropped.
///
/// # Panics
/// When it is polled outside of a tokio runtime with its time driver.
#[must_use = "streams do nothing unless polled"]
pub struct EventSource {
    reconnect: Reconnect,
    connect: Connect,
    state: State,
    events: EventStream<BoxBody>,
    /// The end of a wait, or of the server's time to send something.
    timer: Option<Pin<Box<Sleep>>>,
}

/// Servers take no more of all headers together.
const MAX_ID: usize = 8 << 10;

/// What an [`EventSource`] is doing (WHATWG HTML, section 9.2.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadyState {
    /// It connects, or waits until it does.
    Connecting,
    /// A connection is open.
    Open,
    /// There is no connection, and there will be none.
    Closed,
}

enum State {
    New,
    Connecting(Attempt),
    Open {
        since: Instant,
        /// When there was nothing to read first, none after there was.
        quiet: Option<Instant>,
    },
    Waiting,
    Closed,
}

impl EventSource {
    /// What it is doing.
    pub fn ready_state(&self) -> ReadyState {
        match self.state {
            State::New | State::Connecting(_) | State::Waiting => ReadyState::Connecting,
            State::Open { .. } => ReadyState::Open,
            State::Closed => ReadyState::Closed,
        }
    }

    /// The last event id, empty if there is none: what the next connection will begin after.
    pub fn last_event_id(&self) -> &str {
        self.events.last_event_id()
    }

    /// Closes the connection, for good. The stream is at its end.
    pub fn close(&mut self) {
        self.events.close();
        self.timer = None;
        self.state = State::Closed;
    }

    /// Closes the connection and makes another at once, which begins after the last event id.
    ///
    /// Nothing happens after the end.
    pub fn restart(&mut self) {
        if self.ready_state() != ReadyState::Closed {
            self.close();
            self.state = State::New;
        }
    }

    /// What happens next: an event as in the stream, and also all that the stream leaves out, that
    /// a connection opened, ended or failed, and comments. None at the end.
    ///
    /// # Errors
    /// As in the stream.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn update(&mut self) -> Option<Result<Update, Error>> {
        poll_fn(|cx| self.poll_update(cx)).await
    }

    /// [`update`](EventSource::update) for those who poll.
    ///
    /// # Errors
    /// As in the stream.
    pub fn poll_update(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Update, Error>>> {
        loop {
            match &mut self.state {
                State::New => match self.last_event_id_header() {
                    Ok(id) => self.state = State::Connecting((self.connect)(id)),
                    Err(error) => return Poll::Ready(self.end(error)),
                },
                State::Connecting(attempt) => match ready!(attempt.as_mut().poll(cx)) {
                    Ok((response, decompress)) => {
                        let (head, body) = response.into_parts();
                        self.events.reopen(body, decompress);
                        self.state = State::Open { since: Instant::now(), quiet: None };
                        return Poll::Ready(Some(Ok(Update::Open(head.headers))));
                    }
                    Err(error) => return Poll::Ready(self.end(error)),
                },
                State::Open { .. } => {
                    if let Some(update) = ready!(self.poll_open(cx)) {
                        return Poll::Ready(update);
                    }
                }
                State::Waiting => {
                    ready!(poll_timer(&mut self.timer, cx));
                    self.state = State::New;
                }
                State::Closed => return Poll::Ready(None),
            }
        }
    }

    /// The inner `Option` is none when there is nothing to tell.
    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<Option<Option<Result<Update, Error>>>> {
        let State::Open { quiet, .. } = &mut self.state else {
            return Poll::Ready(None);
        };
        let Poll::Ready(found) = Pin::new(&mut self.events).poll_found(cx) else {
            let Some(limit) = self.reconnect.policy().idle_timeout else {
                return Poll::Pending;
            };
            // Silence begins when somebody listens: who was away has heard nothing, and may find
            // that there is nothing yet.
            let now = Instant::now();
            let quiet = *quiet.get_or_insert(now);
            // The timer runs on while bytes come: to set it anew for each would cost more.
            if self.timer.is_some() {
                ready!(poll_timer(&mut self.timer, cx));
            }
            let Some(deadline) = quiet.checked_add(limit) else {
                return Poll::Pending;
            };
            if deadline > now {
                self.timer = Some(Box::pin(sleep_until(deadline)));
                return Poll::Ready(None);
            }
            return Poll::Ready(Some(self.end(Kind::IdleTimeout(limit).into())));
        };
        *quiet = None;
        Poll::Ready(match found {
            Some(Ok(Found::Event(event))) => {
                let dispatches = event.data().is_some();
                if dispatches || event.id().is_some() {
                    self.reconnect.handle_event();
                }
                dispatches.then(|| Some(Ok(Update::Event(event))))
            }
            Some(Ok(Found::Comment(text))) => Some(Some(Ok(Update::Comment(text)))),
            Some(Ok(Found::Bytes)) => None,
            Some(Err(error)) if error.is_too_long() => Some(Some(Err(error))),
            Some(Err(error)) => Some(self.end(error)),
            None => Some(self.end(Kind::Ended.into())),
        })
    }

    /// A connection ended, or was not made.
    fn end(&mut self, error: Error) -> Option<Result<Update, Error>> {
        let open = match self.state {
            State::Open { since, .. } => Some(since.elapsed()),
            _ => None,
        };
        self.reconnect.handle_retry(self.events.retry());
        let next = self.reconnect.handle_end(&error, open, fastrand::f64());
        self.close();
        match next {
            Next::Wait(wait) => {
                // That a stream ends is nothing to warn of, nor are all failures after the first.
                let cause = &error as &dyn std::error::Error;
                if open.is_none() && self.reconnect.is_first_failure() {
                    tracing::warn!(cause, ?wait, "no connection, tries again");
                } else {
                    tracing::debug!(cause, ?wait, "connects again");
                }
                self.timer = Some(Box::pin(tokio::time::sleep(wait)));
                self.state = State::Waiting;
                Some(Ok(Update::Reconnect { error, wait }))
            }
            Next::End => None,
            Next::Fail => Some(Err(error)),
        }
    }

    fn last_event_id_header(&self) -> Result<Option<HeaderValue>, Error> {
        let id = self.last_event_id();
        if id.is_empty() {
            return Ok(None);
        }
        let value = HeaderValue::from_bytes(id.as_bytes()).ok().filter(|id| id.len() <= MAX_ID);
        value.map(Some).ok_or(Kind::LastEventId.into())
    }
}

/// Waits for a timer, and takes it away.
fn poll_timer(timer: &mut Option<Pin<Box<Sleep>>>, cx: &mut Context<'_>) -> Poll<()> {
    if let Some(sleep) = timer {
        ready!(sleep.as_mut().poll(cx));
        *timer = None;
    }
    Poll::Ready(())
}

impl Stream for EventSource {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.poll_update(cx)) {
                Some(Ok(Update::Event(event))) => return Poll::Ready(Some(Ok(event))),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for EventSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventSource")
            .field("ready_state", &self.ready_state())
            .field("last_event_id", &self.last_event_id())
            .finish_non_exhaustive()
    }
}
