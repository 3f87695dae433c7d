//! A stream of what is published.

mod next;
mod pending;
pub(crate) mod pilot;
mod telling;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use tower_sse_codec::{Encoded, Event, LastEventId};

use crate::Position;
use crate::TellingLag;
use crate::checkpoint::{Checkpoints, Passed, Place};
use crate::gap::AfterGap;
#[cfg(feature = "metrics")]
use crate::metrics::Timed;
use crate::reader::Reader;
use crate::shared::{ISOLATED, Shared};
use pending::Pending;

/// What is published to some topics, in its order, as a stream.
///
/// It holds a place and no events, however slow it is read. Each item is as many events as are ready
/// and lie side by side in the memory that all subscribers share: up to 16 KiB, or one event that is
/// larger.
///
/// The stream ends when all of its topics are finished, or it was too slow, see [`Lag`].
///
/// The stream is a thin wrap around a method that needs no task: [`ready`](Subscription::ready).
#[must_use = "streams do nothing unless polled"]
pub struct Subscription {
    hub: Arc<Shared>,
    reader: Reader,
    /// What comes before what is published: most have nothing of that.
    pending: Option<Box<Pending>>,
    /// Of which log its place is.
    generation: u64,
    /// For those who send checkpoints.
    passed: Option<Passed>,
    lag: Lag,
    after_gap: AfterGap,
    tells_resumed: bool,
    is_over: bool,
    /// It is over since it was too slow.
    has_lagged: bool,
    #[cfg(feature = "metrics")]
    timed: Timed,
    /// Of which place the client has the id.
    known: Option<Position>,
}

/// Where a subscription without a last event id begins.
///
/// What is kept is what the hub remembers: no log is read for this.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With what is published after it was made.
    #[default]
    Live,
    /// With the oldest event that is kept.
    Oldest,
    /// With the last events that are kept, at most so many of all topics together.
    Last(usize),
}

/// What becomes of a subscriber that is so slow that events it has not read are forgotten.
///
/// With a log, it gets those from there, as one does who comes back. Only where the log does not have
/// them either is it told of a gap, and goes on, even with [`Disconnect`](Lag::Disconnect).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lag {
    /// The stream ends, by an error if it [tells so](Subscription::telling_lag). The client comes
    /// back, resumes, and is told of the gap then.
    #[default]
    Disconnect,
    /// It is told of a gap, and goes on.
    Skip,
    /// It gets the newest event of each key, see [`Builder::with_key`](crate::Builder::with_key);
    /// where what has no key was forgotten, or there were too many keys, it is told of a gap.
    Latest,
}

impl Lag {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Disconnect, Self::Skip, Self::Latest];

    /// The name in metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Disconnect => "disconnect",
            Self::Skip => "skip",
            Self::Latest => "latest",
        }
    }
}

/// What is ready for a subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ready {
    /// These events.
    Events(Encoded),
    /// The end: all topics are finished, or the subscriber was too slow.
    End,
    /// Nothing for now.
    Nothing,
}

impl Subscription {
    pub(crate) fn new(hub: Arc<Shared>, reader: Reader, generation: u64) -> Self {
        hub.counters.subscribers.add(1);
        Self {
            reader,
            pending: Some(Box::new(Pending::opening())),
            generation: generation & !ISOLATED,
            hub,
            passed: None,
            lag: Lag::default(),
            after_gap: AfterGap::default(),
            tells_resumed: false,
            is_over: false,
            has_lagged: false,
            #[cfg(feature = "metrics")]
            timed: Timed::default(),
            known: None,
        }
    }

    /// Sets what the client has sent as its last event id: it gets everything after that exactly
    /// once, or an event that says why not.
    pub fn with_last_event_id(mut self, id: LastEventId) -> Self {
        if let Some(opening) = self.opening() {
            opening.last_event_id = id;
        }
        self
    }

    /// Sets where it begins without a last event id.
    pub fn with_start(mut self, start: Start) -> Self {
        if let Some(opening) = self.opening() {
            opening.start = start;
        }
        self
    }

    /// Sets where one of its topics begins without a last event id, if not where all do. A name that
    /// is none of its topics changes nothing.
    ///
    /// ```
    /// use tower_sse_hub::{Hub, Start};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let hub = Hub::new();
    /// // What was said lately, and the numbers as they come.
    /// let events = hub.subscribe(["chat", "numbers"])?.with_topic_start("chat", Start::Last(50));
    /// # drop(events);
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_topic_start(mut self, topic: &str, start: Start) -> Self {
        let seat = self.reader.topics().position(|other| other.name.as_str() == topic);
        if let Some(opening) = self.opening() {
            opening.starts.extend(seat.map(|seat| (seat, start)));
        }
        self
    }

    /// Sets what becomes of it when it is too slow.
    pub fn with_lag(mut self, lag: Lag) -> Self {
        self.lag = lag;
        self.reader.latest = lag == Lag::Latest;
        self
    }

    /// Sets from where it goes on after a gap.
    pub fn with_after_gap(mut self, then: AfterGap) -> Self {
        self.after_gap = then;
        self
    }

    /// Makes it say that it has resumed without a gap, with an event `resumed` of which the data is
    /// `{"replayed":3}`.
    pub fn with_resumed(mut self) -> Self {
        self.tells_resumed = true;
        self
    }

    /// Makes its end an error, [`Lagged`](crate::Lagged), if that is why it ends: then the server
    /// knows such a stream from one that is finished, and counts it as what it is.
    pub fn telling_lag(self) -> TellingLag {
        TellingLag::new(self)
    }

    /// Whether it has ended since it was too slow.
    pub fn has_lagged(&self) -> bool {
        self.has_lagged
    }

    /// What keeps the place of this subscriber fresh while its topics are quiet: asked when a stream
    /// has been silent, it gives an event that has an id and nothing else, or an empty comment if
    /// the id has not changed.
    ///
    /// Without it, the place of a reader of quiet topics grows old while others are busy, until
    /// nobody can tell any more whether something is missing after it.
    ///
    /// It promises nothing before the stream has been read for the first time, nor while something is
    /// ready that was not read yet. As long as it is kept, so is the hub.
    ///
    /// It is made for the `with_fn` of the server's `KeepAlive`.
    pub fn checkpoints(&mut self) -> impl FnMut() -> Event + Send + Sync + 'static {
        let mut checkpoints = Checkpoints {
            hub: Arc::clone(&self.hub),
            topics: self.reader.topics().cloned().collect(),
            passed: self.passed.get_or_insert_default().clone(),
            sent: None,
        };
        move || checkpoints.next()
    }

    /// Whether all topics are finished and nothing remains after the last event id: the answer to
    /// such a client is 204, so that it does not come back.
    ///
    /// This decides where it begins, as the first read would: set everything else before.
    pub fn is_over(&mut self) -> bool {
        self.open();
        // What is remembered tells, where nothing after the place is forgotten.
        !self.is_telling() && !self.reader.misses_any() && self.reader.is_over()
    }

    /// What is ready now. When nothing more is after that, the waker waits for it, and is woken once;
    /// it takes the place of the one before.
    pub fn ready(&mut self, waker: Option<&Waker>) -> Ready {
        match self.poll_ready(waker) {
            Poll::Ready(Some(events)) => Ready::Events(events),
            Poll::Ready(None) => Ready::End,
            Poll::Pending => Ready::Nothing,
        }
    }

    #[inline(never)]
    fn poll_waking(&mut self, waker: &Waker) -> Poll<Option<Encoded>> {
        if let Some(events) = self.at_hand(waker) {
            return Poll::Ready(Some(events));
        }
        self.poll_ready(Some(waker))
    }

    fn poll_ready(&mut self, waker: Option<&Waker>) -> Poll<Option<Encoded>> {
        let ready = self.next(waker);
        // Before a gap has been told, and before a replay has ended, no id may promise anything.
        if let Some(passed) = &self.passed {
            if self.pending.is_none() {
                let (position, latest) = (self.reader.at().position, self.reader.latest);
                let (known, generation) = (self.known, self.generation);
                passed.set(Place { position, known, latest, generation });
            }
        }
        ready
    }
}

impl Stream for Subscription {
    type Item = Encoded;

    #[inline(always)]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Encoded>> {
        // A host asks again and again until there is nothing: this is what it finds most often.
        if self.is_waiting(cx.waker()) {
            return Poll::Pending;
        }
        self.poll_waking(cx.waker())
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let (Some(pending), Some(behind)) = (&mut self.pending, &self.hub.behind) {
            pending.leave(&behind.pages);
        }
        let topics = self.reader.leave();
        let mut store = self.hub.store();
        let demanded: Vec<_> = topics.filter_map(|topic| store.leave(topic)).collect();
        drop(store);
        for demanded in demanded {
            demanded.send_modify(|subscribers| *subscribers -= 1);
        }
        self.hub.counters.subscribers.sub(1);
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("reader", &self.reader).finish_non_exhaustive()
    }
}
