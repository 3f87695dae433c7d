//! All open streams of an application.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use tokio::time::{Instant, sleep, timeout_at};

use crate::streams::drain::{Plan, last_words};
use crate::streams::shared::Shared;
use crate::{Builder, Key, OpenStream, Permit, Reason, Refusal, Stats};

mod bucket;
pub(crate) mod builder;
mod drain;
pub(crate) mod key;
mod limits;
#[cfg(feature = "metrics")]
pub(crate) mod metrics;
pub(crate) mod open_stream;
pub(crate) mod permit;
pub(crate) mod reason;
pub(crate) mod refusal;
mod registry;
mod shared;
mod spread;
pub(crate) mod stats;

/// All open streams of an application, which makes it once and hands it to its services. A clone is
/// the same one.
///
/// It knows how many are open and whose they are, lets in no more than it may, ends them, and knows
/// why they ended.
///
/// A service takes it by [`SseService::with_streams`](crate::SseService::with_streams), or by
/// [`SseLayer::with_streams`](crate::SseLayer::with_streams). A native handler asks it by
/// [`admit`](Streams::admit).
///
/// ```
/// use std::time::Duration;
///
/// use http::request::Parts;
/// use tower_sse::{Event, Sse, Stream, Streams};
///
/// async fn events(_: Parts) -> Sse<impl Stream<Item = Event>> {
///     Sse::new(tokio_stream::pending())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let streams = Streams::builder().with_max_open(10_000).build();
/// let service = tower_sse::service_fn(events).with_streams(&streams);
///
/// # use tower::ServiceExt;
/// let response = service.oneshot(http::Request::new(())).await;
/// assert_eq!(streams.open(), 1);
/// drop(response);
/// assert_eq!(streams.open(), 0);
///
/// // When the server is to stop:
/// streams.drain(Duration::from_secs(5)).await;
/// # }
/// ```
///
/// # Draining
/// Put [`drain`](Streams::drain) before the host's own graceful shutdown, which would wait for the
/// streams to end, and give that a time limit: what a client has not read by then must not hold it up.
/// What is still open ends with the process, or with the runtime of the server.
///
/// # Stalled clients
/// A host does not ask for more of a body while its client reads nothing, so such a stream ends only
/// when its connection does: see `set_peer_timeout`, with the feature `peer-timeout`.
#[derive(Clone)]
pub struct Streams(Arc<Shared>);

impl Streams {
    /// Without any limit.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// What can be chosen.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn from_builder(settings: Builder) -> Self {
        Self(Arc::new(Shared::new(settings)))
    }

    /// Lets a new stream in. The permit goes into the response by
    /// [`Sse::with_permit`](crate::Sse::with_permit).
    ///
    /// ```
    /// # use http::request::Parts;
    /// # use tower_sse::{Event, Sse, Stream, Streams};
    /// async fn answer(streams: Streams, request: Parts) -> Sse<impl Stream<Item = Event>> {
    ///     let permit = match streams.admit(&request) {
    ///         Ok(permit) => permit,
    ///         Err(refusal) => return Sse::refused(refusal),
    ///     };
    ///     let stream = permit.stream();
    ///     tokio::spawn(async move { println!("ended: {}", stream.ended().await) });
    ///     Sse::new(tokio_stream::once(Event::new("hello"))).with_permit(permit)
    /// }
    /// ```
    ///
    /// It does not look at the method: a `HEAD` takes a place as well, until it is answered.
    ///
    /// # Errors
    /// When the server is being drained, or a limit is reached: the refusal is what to answer.
    pub fn admit(&self, request: &Parts) -> Result<Permit, Refusal> {
        let settings = &self.0.settings;
        let key = settings.key(request).inspect_err(|cause| self.0.refused(*cause));
        let admitted = key.and_then(|key| self.0.admit(key));
        admitted.map_err(|cause| settings.refusal(cause, request))
    }

    /// How many streams are open.
    pub fn open(&self) -> usize {
        self.0.open()
    }

    /// How many streams of this key are open.
    pub fn open_of(&self, key: impl Into<Key>) -> usize {
        self.0.open_of(&key.into())
    }

    /// All open streams, in no order. Takes time in proportion to them.
    pub fn all(&self) -> Vec<OpenStream> {
        self.0.all()
    }

    /// The open streams of this key, from the oldest on, but for those that make room already.
    pub fn of(&self, key: impl Into<Key>) -> Vec<OpenStream> {
        self.0.of(&key.into())
    }

    /// Ends all streams of this key, as when a user logs out, and tells how many that were.
    ///
    /// A client that comes back must be told by the answer that it is not wanted: see
    /// [`Sse::no_content`](crate::Sse::no_content).
    pub fn end_of(&self, key: impl Into<Key>) -> usize {
        end(self.of(key))
    }

    /// Ends all streams, and tells how many that were. New ones are let in.
    pub fn end_all(&self) -> usize {
        end(self.all())
    }

    /// What was counted. Takes time in proportion to the streams that are open.
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }

    /// Whether a drain has begun: nothing is let in any more.
    pub fn is_draining(&self) -> bool {
        self.0.is_draining()
    }

    /// Refuses new streams from now on, closes those that are open within `budget`, and returns
    /// when all are gone, or else when the budget is over.
    ///
    /// They are closed evenly over the budget and in random order, so that their clients do not come
    /// back elsewhere all at once; each is told a random `retry:`, and the
    /// [last event](Builder::with_last_event) if there is one. Streams that end by themselves (see
    /// [`Sse::finite`](crate::Sse::finite)), also those of which the handler has not answered yet, are
    /// left alone for as long as possible. A fiftieth of the budget, at most 100 ms, is left for the
    /// host to write what was said last: it returns so much later than the last stream is gone, if any
    /// was open when it began.
    ///
    /// What a client has not read, or a handler that has not answered yet, does not hold it up. When
    /// it returns before the budget is over, all that is done [when a stream ends](Builder::on_end) is
    /// done.
    ///
    /// With a budget of zero, all are told to end, and nothing is waited for. Of two drains at once,
    /// each closes what is still open by its own plan, so the sooner one counts.
    ///
    /// # Cancel safety
    /// New streams are refused for good. Those that have not been told to end stay as they are, until
    /// there is another drain.
    pub async fn drain(&self, budget: Duration) {
        let start = Instant::now();
        let mut open = self.0.close_doors();
        fastrand::shuffle(&mut open);
        tracing::info!(open = open.len(), ?budget, "drain begins");
        let had_any = !open.is_empty();
        let mut plan = Plan::new(budget, open);
        let mut is_over = false;
        while !is_over {
            for stream in plan.due(start.elapsed(), OpenStream::is_endless) {
                stream.0.tell(Reason::Drained);
            }
            let next = plan.next();
            let until = start.checked_add(next.unwrap_or(budget));
            let emptied = match until {
                Some(until) => timeout_at(until, self.0.emptied()).await.is_ok(),
                None => {
                    self.0.emptied().await;
                    true
                }
            };
            is_over = emptied || next.is_none();
        }
        if had_any {
            // The host has what was said last, and is to write it.
            sleep(last_words(budget).min(budget.saturating_sub(start.elapsed()))).await;
        }
        tracing::info!(open = self.open(), took = ?start.elapsed(), "drain is over");
    }
}

fn end(streams: Vec<OpenStream>) -> usize {
    streams.iter().filter(|stream| stream.0.tell(Reason::Ended)).count()
}

impl Default for Streams {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
