//! A handler's events without a socket: a response in, events out.
//!
//! It works with any response of the `http` crate. Whatever a test does not expect is a panic that
//! names the line of the test.
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
//!
//! # Paused time
//!
//! With `#[tokio::test(start_paused = true)]`, hours of silence pass at once, and so does the wait
//! for an event that never comes. On a clock that runs, a wrong expectation takes as long as it
//! says. A paused clock runs ahead of sockets and threads, so it is for handlers that use neither.

use std::fmt::{self, Debug};
use std::future::poll_fn;
use std::panic::Location;
use std::pin::Pin;
use std::time::Duration;

use http::Response;
use http_body::Body;
use tokio::time::timeout;
use tower_sse_codec::Event;

use crate::check::check;
use crate::event_stream::{EventStream, Found};
use crate::{BoxError, Error};

/// The events of a response. Whatever a test does not expect is a panic.
///
/// # Cancel safety
/// Whatever is dropped before it is done has taken no event, apart from
/// [`collect`](Events::collect).
pub struct Events<B> {
    stream: Pin<Box<EventStream<B>>>,
    patience: Duration,
}

/// Longer than most things are worth waiting for, and not too long for who waits in real time.
const PATIENCE: Duration = Duration::from_secs(60);

/// The line of the test that expects something.
type Place = &'static Location<'static>;

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
        Ok(decompress) => {
            let stream = EventStream::new(response.into_body()).decompressed(decompress);
            let stream = Box::pin(stream);
            Events { stream, patience: PATIENCE }
        }
        Err(error) => panic!("expected a stream of events, but {}", with_causes(&error)),
    }
}

// They are not `async fn`s because those do not see their caller: the place would be in here.
impl<B> Events<B>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    /// Sets how long to wait for what is expected: a minute at first.
    #[must_use]
    pub fn with_patience(mut self, time: Duration) -> Self {
        self.patience = time;
        self
    }

    /// The next event, also one without data. What is only a comment is passed over.
    ///
    /// # Panics
    /// When the body ends or fails before, or when nothing comes in time: in a test of which the
    /// time is paused, that is at once.
    #[track_caller]
    #[expect(clippy::should_implement_trait, reason = "it is asynchronous, as a stream's is")]
    pub fn next(&mut self) -> impl Future<Output = Event> {
        let place = Location::caller();
        async move {
            let patience = self.patience;
            match self.event_within(patience, place).await {
                Some(Some(event)) => event,
                Some(None) => panic!("{place}: expected an event, but the body ended"),
                None => panic!("{place}: expected an event, but none came for {patience:?}"),
            }
        }
    }

    /// The next line of comment, such as the empty one that keeps a connection alive.
    ///
    /// A comment of several lines is so many comments. The one of an event comes before the event,
    /// which has it as well.
    ///
    /// # Panics
    /// When an event, the end or a failure comes before, or when nothing comes in time.
    #[track_caller]
    pub fn comment(&mut self) -> impl Future<Output = String> {
        let place = Location::caller();
        async move {
            let patience = self.patience;
            let comment = async {
                loop {
                    match self.found(place).await {
                        Some(Found::Comment(text)) => return text.as_str().to_owned(),
                        Some(Found::Event(event)) if !is_comment(&event) => {
                            panic!("{place}: expected a comment, but there is {event:?}")
                        }
                        Some(Found::Event(_) | Found::Bytes) => {}
                        None => panic!("{place}: expected a comment, but the body ended"),
                    }
                }
            };
            let Ok(comment) = timeout(patience, comment).await else {
                panic!("{place}: expected a comment, but none came for {patience:?}");
            };
            comment
        }
    }

    /// Waits for this time, in which no event may come, and the body may not end. Comments may come.
    ///
    /// An event that comes when the time is just over has come too early. With no time at all, it is
    /// only what is ready now that may not be an event.
    ///
    /// # Panics
    /// When an event, the end or a failure comes.
    #[track_caller]
    pub fn quiet(&mut self, time: Duration) -> impl Future<Output = ()> {
        let place = Location::caller();
        async move {
            match self.event_within(time, place).await {
                Some(Some(event)) => {
                    panic!("{place}: expected no event for {time:?}, but there is {event:?}")
                }
                Some(None) => panic!("{place}: expected no end for {time:?}, but the body ended"),
                None => {}
            }
        }
    }

    /// Waits for the end of the body. Comments may come before.
    ///
    /// # Panics
    /// When there is another event before, when the body fails, or when it does not end in time.
    #[track_caller]
    pub fn end(&mut self) -> impl Future<Output = ()> {
        let place = Location::caller();
        async move {
            let patience = self.patience;
            match self.event_within(patience, place).await {
                Some(Some(event)) => {
                    panic!("{place}: expected the end, but there is {event:?}")
                }
                Some(None) => {}
                None => panic!("{place}: expected the end, but it did not come for {patience:?}"),
            }
        }
    }

    /// All events up to the end of the body, which must have one.
    ///
    /// # Panics
    /// When the body fails, or it does not end in time.
    #[track_caller]
    pub fn collect(mut self) -> impl Future<Output = Vec<Event>> {
        let place = Location::caller();
        async move {
            let patience = self.patience;
            let all = async {
                let mut events = Vec::new();
                while let Some(event) = self.event(place).await {
                    events.push(event);
                }
                events
            };
            let Ok(events) = timeout(patience, all).await else {
                panic!("{place}: expected the end, but it did not come for {patience:?}");
            };
            events
        }
    }

    /// The last event id, empty if there is none.
    pub fn last_event_id(&self) -> &str {
        self.stream.last_event_id()
    }

    /// The next event or the end, unless neither comes in time.
    async fn event_within(&mut self, time: Duration, place: Place) -> Option<Option<Event>> {
        timeout(time, self.event(place)).await.ok()
    }

    /// The next event or the end.
    async fn event(&mut self, place: Place) -> Option<Event> {
        loop {
            match self.found(place).await? {
                Found::Event(event) if !is_comment(&event) => return Some(event),
                Found::Event(_) | Found::Comment(_) | Found::Bytes => {}
            }
        }
    }

    async fn found(&mut self, place: Place) -> Option<Found> {
        let found: Option<Result<Found, Error>> =
            poll_fn(|cx| self.stream.as_mut().poll_found(cx)).await;
        found.map(|found| found.unwrap_or_else(|error| panic!("{place}: {}", with_causes(&error))))
    }
}

fn is_comment(event: &Event) -> bool {
    event.comment().is_some()
        && event.data().is_none()
        && event.name().is_none()
        && event.id().is_none()
        && event.retry().is_none()
}

fn with_causes(error: &Error) -> String {
    let causes = std::iter::successors(std::error::Error::source(error), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

impl<B> Debug for Events<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events")
            .field("last_event_id", &self.stream.last_event_id())
            .finish_non_exhaustive()
    }
}
