//! A handler's events without a socket: a response in, events out.
//!
//! It works with any response of the `http` crate, and with tokio's paused time, in which hours of
//! silence pass at once.
//!
//! ```
//! use http::Response;
//! use tower_sse_client::{Event, testing};
//!
//! # #[tokio::main(flavor = "current_thread", start_paused = true)]
//! # async fn main() {
//! // From a router's `oneshot`, or from a handler that is called like any function.
//! let response = Response::builder()
//!     .header("content-type", "text/event-stream")
//!     .body(String::from(":\n\ndata: a\n\ndata: b\n\n"))
//!     .unwrap();
//!
//! let mut events = testing::events(response);
//! assert_eq!(events.next().await, Event::new("a"));
//! assert_eq!(events.next().await, Event::new("b"));
//! events.end().await;
//! # }
//! ```

use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::pin::Pin;
use std::time::Duration;

use http::Response;
use http_body::Body;
use tokio::time::timeout;
use tower_sse_codec::{Event, Text};

use crate::check::check;
use crate::event_stream::{EventStream, Found};
use crate::{BoxError, Error};

/// The events of a response. Whatever a test does not expect is a panic.
pub struct Events<B>(Pin<Box<EventStream<B>>>);

/// Longer than anything that is worth waiting for.
const PATIENCE: Duration = Duration::from_secs(24 * 60 * 60);

/// The events of a response.
///
/// # Panics
/// When the response is no stream of events: its status is not 200, or its content type is
/// something else.
#[track_caller]
pub fn events<B>(response: Response<B>) -> Events<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    match check(&response) {
        Ok(()) => Events(Box::pin(EventStream::new(response.into_body()))),
        Err(error) => panic!("no stream of events: {error}"),
    }
}

impl<B> Events<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    /// The next event, also one without data. What is only a comment is passed over.
    ///
    /// # Panics
    /// When the body ends or fails before, or when nothing comes for a day: in a test of which the
    /// time is paused, that is at once.
    pub async fn next(&mut self) -> Event {
        match self.event_within(PATIENCE).await {
            Some(Some(event)) => event,
            Some(None) => panic!("expected an event, but the body ended"),
            None => panic!("expected an event, but none came for {PATIENCE:?}"),
        }
    }

    /// The next line of comment. Events before it are passed over.
    ///
    /// # Panics
    /// As [`next`](Events::next).
    pub async fn comment(&mut self) -> Text {
        let comment = async {
            loop {
                match self.found().await? {
                    Found::Comment(text) => return Some(text),
                    Found::Event(_) | Found::Bytes => {}
                }
            }
        };
        match timeout(PATIENCE, comment).await {
            Ok(Some(text)) => text,
            Ok(None) => panic!("expected a comment, but the body ended"),
            Err(_) => panic!("expected a comment, but none came for {PATIENCE:?}"),
        }
    }

    /// Waits for this time, in which no event may come, and the body may not end.
    ///
    /// # Panics
    /// When it does.
    pub async fn quiet(&mut self, time: Duration) {
        match self.event_within(time).await {
            Some(Some(event)) => panic!("expected no event for {time:?}, but there is {event:?}"),
            Some(None) => panic!("expected an open body for {time:?}, but it ended"),
            None => {}
        }
    }

    /// Waits for the end of the body.
    ///
    /// # Panics
    /// When there is another event before, when the body fails, or when it does not end for a day.
    pub async fn end(&mut self) {
        match self.event_within(PATIENCE).await {
            Some(Some(event)) => panic!("expected the end, but there is {event:?}"),
            Some(None) => {}
            None => panic!("expected the end, but it did not come for {PATIENCE:?}"),
        }
    }

    /// All events up to the end of the body.
    ///
    /// # Panics
    /// When the body fails, or nothing comes for a day.
    pub async fn collect(mut self) -> Vec<Event> {
        let mut events = Vec::new();
        loop {
            match self.event_within(PATIENCE).await {
                Some(Some(event)) => events.push(event),
                Some(None) => return events,
                None => panic!("expected the end, but it did not come for {PATIENCE:?}"),
            }
        }
    }

    /// The last event id, empty if there is none.
    pub fn last_event_id(&self) -> &str {
        self.0.last_event_id()
    }

    /// The next event or the end, unless neither comes in time.
    async fn event_within(&mut self, time: Duration) -> Option<Option<Event>> {
        let event = async {
            loop {
                match self.found().await? {
                    Found::Event(event) if !is_comment(&event) => return Some(event),
                    Found::Event(_) | Found::Comment(_) | Found::Bytes => {}
                }
            }
        };
        timeout(time, event).await.ok()
    }

    async fn found(&mut self) -> Option<Found> {
        let found: Option<Result<Found, Error>> =
            poll_fn(|cx| self.0.as_mut().poll_found(cx)).await;
        found.map(|found| found.unwrap_or_else(|error| panic!("body failed: {error:?}")))
    }
}

fn is_comment(event: &Event) -> bool {
    event.comment().is_some()
        && event.data().is_none()
        && event.name().is_none()
        && event.id().is_none()
        && event.retry().is_none()
}

impl<B> Debug for Events<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("last_event_id", &self.0.last_event_id())
            .finish_non_exhaustive()
    }
}
