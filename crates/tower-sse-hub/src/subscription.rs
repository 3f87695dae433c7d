//! A stream of what is published.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use futures_core::Stream;
use tower_sse_codec::{Encoded, Event, LastEventId};

use crate::catch_up::{CatchUp, Step};
use crate::checkpoint::{Checkpoints, Passed, Place};
use crate::gap::{AfterGap, Gap, GapReason, Resumed};
use crate::order::Verdict;
use crate::reader::{Next, Reader};
use crate::shared::Shared;
use crate::{Mark, Position, TopicName};

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
    /// What is decided when it is first read.
    opening: Option<Box<Opening>>,
    /// What is said before anything else.
    first: Option<Box<Encoded>>,
    /// The end of a replay after a gap, where the subscriber gets an id even without an event.
    replay_end: Option<Box<Mark>>,
    /// What it reads from the log, since it wants more than is remembered.
    catch_up: Option<Box<CatchUp>>,
    /// Where it is in the log, when the hub is not there yet.
    ahead: Option<Box<Mark>>,
    /// Of which log its place is.
    generation: u64,
    /// For those who send checkpoints.
    passed: Option<Passed>,
    lag: Lag,
    after_gap: AfterGap,
    tells_resumed: bool,
    is_over: bool,
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
    /// The stream ends. The client comes back, resumes, and is told of the gap then.
    #[default]
    Disconnect,
    /// It is told of a gap, and goes on.
    Skip,
    /// It gets the newest event of each key, see [`Builder::with_key`](crate::Builder::with_key);
    /// where what has no key was forgotten, or there were too many keys, it is told of a gap.
    Latest,
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

#[derive(Debug, Default)]
struct Opening {
    start: Start,
    /// Of topics, by their numbers, that begin somewhere else.
    starts: Vec<(usize, Start)>,
    last_event_id: LastEventId,
}

impl Subscription {
    pub(crate) fn new(hub: Arc<Shared>, reader: Reader, generation: u64) -> Self {
        hub.counters.subscribers.add(1);
        Self {
            reader,
            opening: Some(Box::default()),
            first: None,
            replay_end: None,
            catch_up: None,
            ahead: None,
            generation,
            hub,
            passed: None,
            lag: Lag::default(),
            after_gap: AfterGap::default(),
            tells_resumed: false,
            is_over: false,
            known: None,
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
        if let Some(opening) = &mut self.opening {
            let seat = self.reader.topics().position(|other| other.name.as_str() == topic);
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
        let is_told = self.first.is_none() && self.replay_end.is_none();
        // What is remembered tells, where nothing after the place is forgotten.
        is_told && !self.reader.misses_any() && self.reader.is_over()
    }

    /// What is ready now. When nothing more is after that, the waker waits for it, and is woken once;
    /// it takes the place of the one before.
    pub fn ready(&mut self, waker: Option<&Waker>) -> Ready {
        let ready = self.next(waker);
        // Before a gap has been told, and before a replay has ended, no id may promise anything.
        if let Some(passed) = &self.passed {
            if self.is_told() {
                let (position, latest) = (self.reader.at().position, self.reader.latest);
                let (known, generation) = (self.known, self.generation);
                passed.set(Place { position, known, latest, generation });
            }
        }
        ready
    }

    fn next(&mut self, waker: Option<&Waker>) -> Ready {
        if self.is_over {
            return Ready::End;
        }
        self.open();
        let needs_settled = self.passed.is_some() || !self.reader.is_single();
        loop {
            if let Some(first) = self.first.take() {
                return Ready::Events(*first);
            }
            if self.generation != self.hub.generation() {
                self.generation = self.hub.generation();
                self.gap(GapReason::Reset);
                continue;
            }
            if self.catch_up.is_some() {
                match self.step(waker) {
                    Step::Event(encoded) => {
                        self.known = Some(self.reader.at().position);
                        return Ready::Events(encoded);
                    }
                    Step::Wait => return Ready::Nothing,
                    Step::Done => self.caught_up(),
                    Step::Gap(reason) => self.gap(reason),
                }
                continue;
            }
            if !self.is_with_the_hub() {
                if self.first.is_some() {
                    continue;
                }
                self.reader.wait(waker);
                if !self.is_with_the_hub() && self.first.is_none() {
                    return Ready::Nothing;
                }
                continue;
            }
            let settled = self.settled(needs_settled);
            let next = self.reader.next(settled.position, waker);
            if self.generation != self.hub.generation() {
                // Whatever it is, it is of another log, which is to be told first.
                continue;
            }
            match next {
                Next::Events(encoded) => {
                    self.known = Some(self.reader.at().position);
                    return Ready::Events(encoded);
                }
                Next::Latest(encoded) => {
                    self.hub.counters.conflated.add(1);
                    self.known = Some(self.reader.at().position);
                    return Ready::Events(encoded);
                }
                Next::Gap if self.hub.behind.is_some() => self.catch_up(false),
                Next::Gap if self.lag != Lag::Disconnect => {
                    self.hub.counters.skipped.add(1);
                    self.gap(GapReason::Trimmed);
                }
                Next::Gap => {
                    self.hub.counters.disconnected.add(1);
                    self.is_over = true;
                }
                Next::End => match self.end_of_replay() {
                    Some(end) => return Ready::Events(end),
                    None => self.is_over = true,
                },
                // Something may have come since, and be settled now.
                Next::Nothing if self.settled(needs_settled) != settled => {}
                Next::Nothing => {
                    if needs_settled {
                        self.reader.pass(settled);
                    }
                    return self.end_of_replay().map_or(Ready::Nothing, Ready::Events);
                }
            }
            if self.is_over {
                return Ready::End;
            }
        }
    }

    /// The id with which a replay ends after a gap, unless the last event had it, or a later one.
    fn end_of_replay(&mut self) -> Option<Encoded> {
        let end = self.replay_end.take().filter(|end| Some(end.position) > self.known)?;
        self.known = Some(end.position);
        Some(self.checkpoint(*end))
    }

    /// Up to where all is settled, if that matters.
    fn settled(&self, is_needed: bool) -> Mark {
        if is_needed { self.hub.settled() } else { Mark { position: Position::LAST, check: 0 } }
    }

    /// Whether all has been said that is not published.
    fn is_told(&self) -> bool {
        self.first.is_none()
            && self.replay_end.is_none()
            && self.catch_up.is_none()
            && self.ahead.is_none()
    }

    fn is_waiting(&self, waker: &Waker) -> bool {
        !self.is_over && self.is_told() && self.reader.is_waiting(waker)
    }

    /// Decides where to begin, once.
    fn open(&mut self) {
        let Some(opening) = self.opening.take() else { return };
        let id = match opening.last_event_id {
            LastEventId::Absent => return self.reader.start(opening.start, &opening.starts),
            LastEventId::Id(id) => id,
            _ => return self.gap(GapReason::Foreign),
        };
        let Some((mark, verdict)) = self.hub.store().mark(&id) else {
            return self.gap(GapReason::Foreign);
        };
        if verdict == Verdict::Reset {
            return self.gap(GapReason::Reset);
        }
        self.reader.seek(mark);
        self.known = Some(mark.position);
        match verdict {
            Verdict::Genuine if !self.reader.misses_any() => self.resumed(0),
            _ if self.hub.behind.is_some() => self.catch_up(true),
            _ => self.gap(GapReason::Trimmed),
        }
    }

    /// Whether the hub has come to where the subscriber is, who may have read further in the log, and
    /// has found the same there; else there is a gap to tell.
    fn is_with_the_hub(&mut self) -> bool {
        let Some(mark) = self.ahead.as_deref() else { return true };
        let (verdict, head) = self.hub.store().verdict(*mark);
        if verdict != Verdict::Genuine && mark.position > head.position {
            return false;
        }
        self.ahead = None;
        if verdict != Verdict::Genuine {
            self.gap(GapReason::Reset);
            return false;
        }
        true
    }

    /// Reads from the log what comes next, which is no longer remembered.
    fn catch_up(&mut self, is_resuming: bool) {
        self.catch_up = Some(Box::new(CatchUp::new(self.reader.at(), is_resuming)));
    }

    fn step(&mut self, waker: Option<&Waker>) -> Step {
        match (&mut self.catch_up, &self.hub.behind) {
            (Some(catch_up), Some(behind)) => catch_up.step(
                &behind.pages,
                &mut self.reader,
                self.hub.settled().position,
                self.hub.settings.max_replay,
                waker,
            ),
            _ => Step::Done,
        }
    }

    fn caught_up(&mut self) {
        if let Some(catch_up) = self.catch_up.take() {
            let at = self.reader.at();
            let (verdict, head) = self.hub.store().verdict(at);
            if verdict != Verdict::Genuine && at.position >= head.position {
                self.ahead = Some(Box::new(at));
            }
            self.hub.counters.replayed.add(catch_up.given);
            if catch_up.is_resuming {
                self.resumed(catch_up.given);
            }
        }
    }

    /// Tells, who wants to know, that nothing is missing, and how much it was, with what has been
    /// `given` already.
    fn resumed(&mut self, given: usize) {
        let remembered = self.reader.count(self.hub.settled().position);
        self.hub.counters.resumed.add(1);
        self.hub.counters.replayed.add(remembered);
        let replayed = given + remembered;
        // Who has all, to the end, is told that by the end.
        if self.tells_resumed && !self.reader.is_over() {
            let event = (self.hub.settings.telling.resumed)(&Resumed { replayed }).without_id();
            self.first = Some(Box::new(self.reader.private(event.into())));
        }
    }

    /// Tells of a gap, and goes where it goes on.
    fn gap(&mut self, reason: GapReason) {
        let was_read = self.catch_up.take().is_some();
        self.ahead = None;
        if matches!(reason, GapReason::Reset | GapReason::Foreign) {
            self.reader.begin_anew();
            self.known = None;
        }
        // In this order: what comes after it is not passed over.
        let settled = self.hub.settled();
        let of_all = was_read || reason != GapReason::Trimmed;
        let topics = self.reader.tell(of_all, self.after_gap == AfterGap::Live);
        let topics = topics.iter().map(TopicName::as_str).collect();
        let gap = Gap { reason, topics, from: self.after_gap };
        // Without an id: a connection that breaks now must not skip what is to come.
        let mut event = (self.hub.settings.telling.gap)(&gap).without_id();
        self.hub.counters.gap(reason);
        match self.after_gap {
            AfterGap::Oldest => self.replay_end = Some(Box::new(settled)),
            AfterGap::Live => {
                self.known = Some(settled.position);
                event = event.with_id(self.hub.id(settled));
                self.reader.seek(settled);
            }
        }
        self.first = Some(Box::new(self.reader.private(event.into())));
    }

    fn checkpoint(&self, mark: Mark) -> Encoded {
        self.reader.private(Event::default().with_id(self.hub.id(mark)).into())
    }
}

impl Stream for Subscription {
    type Item = Encoded;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Encoded>> {
        // A host asks again and again until there is nothing: this is what it finds most often.
        if self.is_waiting(cx.waker()) {
            return Poll::Pending;
        }
        match self.ready(Some(cx.waker())) {
            Ready::Events(encoded) => Poll::Ready(Some(encoded)),
            Ready::End => Poll::Ready(None),
            Ready::Nothing => Poll::Pending,
        }
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        if let (Some(catch_up), Some(behind)) = (&mut self.catch_up, &self.hub.behind) {
            catch_up.leave(&behind.pages);
        }
        let topics = self.reader.leave();
        let mut store = self.hub.store();
        let demanded: Vec<_> = topics.filter_map(|topic| store.leave(&topic)).collect();
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
