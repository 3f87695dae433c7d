//! A stream of what is published.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures_core::Stream;
use tower_sse_codec::{Encoded, Event, LastEventId};

use crate::checkpoint::{Checkpoints, Passed};
use crate::gap::{AfterGap, GapReason, gap, resumed};
use crate::position::Position;
use crate::reader::{Reader, Ready};
use crate::shared::Shared;
use crate::store::NotOurs;
use crate::waiters::Place;

/// What is published to some topics, in its order, as a stream.
///
/// It holds a place and no events, however slow it is read.
#[must_use = "streams do nothing unless polled"]
pub struct Subscription {
    hub: Arc<Shared>,
    reader: Reader,
    places: Box<[Place]>,
    opening: Option<Opening>,
    /// What is said before anything else.
    first: VecDeque<Encoded>,
    /// The end of a replay after a gap, where the subscriber gets an id even without an event.
    replay_end: Option<Position>,
    lag: Lag,
    after_gap: AfterGap,
    tells_resumed: bool,
    is_over: bool,
    /// For those who send checkpoints.
    passed: Option<Passed>,
}

/// Where a subscription without a last event id begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Start {
    /// With what is published after it was made.
    #[default]
    Live,
    /// With the oldest event that is kept.
    Oldest,
    /// With the last events that are kept, at most so many.
    Last(usize),
}

/// What becomes of a subscriber that is so slow that events it has not read are forgotten.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Lag {
    /// The stream ends. The client comes back, resumes, and is told of the gap then.
    #[default]
    Disconnect,
    /// It is told of a gap, and goes on.
    Skip,
}

/// What is decided when it is first polled.
#[derive(Debug)]
struct Opening {
    start: Start,
    last_event_id: LastEventId,
}

impl Subscription {
    pub(crate) fn new(hub: Arc<Shared>, reader: Reader) -> Self {
        let places = reader.topics().iter().map(|_| Place::default()).collect();
        Self {
            hub,
            reader,
            places,
            opening: Some(Opening { start: Start::Live, last_event_id: LastEventId::Absent }),
            first: VecDeque::new(),
            replay_end: None,
            lag: Lag::default(),
            after_gap: AfterGap::default(),
            tells_resumed: false,
            is_over: false,
            passed: None,
        }
    }

    /// Sets what the client has sent as its last event id: it gets everything after that exactly
    /// once, or an event that says why not.
    pub fn with_last_event_id(mut self, id: LastEventId) -> Self {
        if let Some(opening) = &mut self.opening {
            opening.last_event_id = id;
        }
        self
    }

    /// Sets where it begins without a last event id.
    pub fn with_start(mut self, start: Start) -> Self {
        if let Some(opening) = &mut self.opening {
            opening.start = start;
        }
        self
    }

    /// Sets what becomes of it when it is too slow.
    pub fn with_lag(mut self, lag: Lag) -> Self {
        self.lag = lag;
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

    /// What keeps the place of this subscriber fresh while its topics are quiet: asked when a stream
    /// has been silent, it gives an event that has an id and nothing else, or an empty comment if
    /// the id has not changed.
    ///
    /// Without it, the place of a reader of quiet topics grows old while others are busy, until
    /// nobody can tell any more whether something is missing after it.
    ///
    /// It is made for the `with_fn` of the server's `KeepAlive`.
    pub fn checkpoints(&mut self) -> impl FnMut() -> Event + Send + Sync + 'static {
        let mut checkpoints = Checkpoints {
            hub: Arc::clone(&self.hub),
            topics: self.reader.topics().into(),
            passed: self.passed.get_or_insert_default().clone(),
            sent: None,
        };
        move || checkpoints.next()
    }

    /// Whether all topics are finished and nothing remains after the last event id: the answer to
    /// such a client is 204, so that it does not come back.
    pub fn is_over(&mut self) -> bool {
        let settled = self.open();
        let is_over = self.first.is_empty() && self.replay_end.is_none();
        is_over && self.reader.is_over(settled)
    }

    /// Decides where to begin, once, and gives the place up to which all is settled.
    fn open(&mut self) -> Position {
        let settled = self.hub.settled();
        let Some(Opening { start, last_event_id }) = self.opening.take() else {
            return settled;
        };
        match self.position(&last_event_id) {
            Some(Ok(position)) => {
                self.reader.seek(position);
                if !self.reader.trimmed().is_empty() {
                    self.gap(GapReason::Trimmed, settled);
                } else if self.tells_resumed {
                    let replayed = resumed(self.reader.count(settled));
                    self.first.push_back(replayed.into());
                }
            }
            Some(Err(reason)) => {
                self.reader.seek(Position::default());
                self.gap(reason, settled);
            }
            None => {
                match start {
                    Start::Live | Start::Last(0) => return settled,
                    Start::Oldest => self.reader.seek(Position::default()),
                    Start::Last(n) => self.reader.seek(self.reader.before_last(n)),
                }
                // What was forgotten before it begins is no gap.
                self.reader.forgive();
            }
        }
        settled
    }

    fn position(&self, last_event_id: &LastEventId) -> Option<Result<Position, GapReason>> {
        match last_event_id {
            LastEventId::Absent => None,
            LastEventId::Id(id) => Some(self.hub.store().position(id).map_err(|why| match why {
                NotOurs::Foreign => GapReason::Foreign,
                NotOurs::Reset => GapReason::Reset,
            })),
            _ => Some(Err(GapReason::Foreign)),
        }
    }

    /// Tells of a gap, and goes where it goes on.
    fn gap(&mut self, reason: GapReason, settled: Position) {
        let topics: Vec<_> = match reason {
            GapReason::Trimmed => self.reader.trimmed(),
            _ => self.reader.topics().iter().map(|topic| &topic.name).collect(),
        };
        let mut event = gap(reason, &topics, self.after_gap);
        match self.after_gap {
            // Without an id: a connection that breaks now must not skip what is to come.
            AfterGap::Oldest => {
                self.replay_end = Some(settled);
                self.reader.forgive();
            }
            AfterGap::Live => {
                event = event.with_id(self.hub.store().id(settled));
                self.reader.seek(settled);
            }
        }
        self.first.push_back(event.into());
    }

    /// The next item, or none if there is none now.
    fn next(&mut self) -> Option<Option<Encoded>> {
        if self.is_over {
            return Some(None);
        }
        if self.opening.is_some() {
            self.open();
        }
        // The entries of one topic are in their order whatever happens to others.
        let is_single = self.reader.is_single();
        let settled = if is_single { Position::LAST } else { self.hub.settled() };
        loop {
            if let Some(first) = self.first.pop_front() {
                return Some(Some(first));
            }
            match self.reader.next(settled) {
                Ready::Event(encoded) => return Some(Some(encoded)),
                Ready::Gap if self.lag == Lag::Skip => {
                    self.gap(GapReason::Trimmed, self.hub.settled());
                }
                Ready::Gap | Ready::End => {
                    self.is_over = true;
                    return Some(None);
                }
                Ready::Nothing => {
                    // The id of the last event may have been after it already.
                    let end = self.replay_end.take().filter(|&end| end > self.reader.at())?;
                    return Some(Some(self.checkpoint(end)));
                }
            }
        }
    }

    /// Notes up to where everything has been given out.
    fn pass(&self) {
        // Before a gap has been told, and before a replay has ended, no id may promise anything.
        let Some(passed) = &self.passed else { return };
        if self.first.is_empty() && self.replay_end.is_none() && self.reader.is_drained() {
            passed.set(self.reader.at());
        }
    }

    fn checkpoint(&self, position: Position) -> Encoded {
        Event::default().with_id(self.hub.store().id(position)).into()
    }
}

impl Stream for Subscription {
    type Item = Encoded;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Encoded>> {
        let this = &mut *self;
        if let Some(item) = this.next() {
            this.pass();
            return Poll::Ready(item);
        }
        for (topic, place) in this.reader.topics().iter().zip(&mut this.places) {
            topic.waiters.join(place, cx.waker());
        }
        // Something may have come before it waited.
        let item = this.next();
        this.pass();
        match item {
            Some(item) => Poll::Ready(item),
            None => Poll::Pending,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let topics = self.reader.take_topics();
        for (topic, place) in topics.iter().zip(&mut self.places) {
            topic.waiters.leave(place);
        }
        let mut store = self.hub.store();
        for topic in &topics {
            store.leave(topic);
        }
    }
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subscription").field("reader", &self.reader).finish_non_exhaustive()
    }
}
