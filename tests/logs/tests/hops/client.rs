//! Clients.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use futures_util::StreamExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout_at};
use tower_sse_hub::{LastEventId, Subscription};

use crate::journal::{Journal, TOPICS};
use crate::node::Nodes;
use crate::record::Record;
use crate::until::PATIENCE;

/// A client, which comes back with its last event id whenever it goes.
pub(crate) struct Client {
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) rng: Rng,
    pub(crate) habit: Habit,
    pub(crate) record: Record,
}

#[derive(Clone, Debug)]
pub(crate) enum Habit {
    /// It wants all topics, and stays at one node until that sends it away.
    Stays(usize),
    /// It goes from node to node, each time for other topics: stays for so many milliseconds, and is
    /// away for so many.
    Hops { stays: Range<u64>, away: Range<u64> },
}

/// How long one waits who was told to come again later. A browser waits for seconds; but how long
/// the hub is silent is to be seen.
const AGAIN: Duration = Duration::from_millis(20);

impl Client {
    /// Comes back again and again, until all is published, and it has seen the last.
    pub(crate) async fn run(mut self) -> Record {
        while !self.journal.progress().is_complete {
            let (topics, mut events, life) = self.connect();
            let leaves = self.leaves(life);
            self.read(&mut events, &topics, leaves).await;
            drop(events);
            if let Habit::Hops { away, .. } = &self.habit {
                let away = Duration::from_millis(self.rng.u64(away.clone()));
                if !away.is_zero() {
                    sleep(away).await;
                }
            }
        }
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (topics, mut events, _) = self.connect();
            let reads = self.read(&mut events, &topics, std::future::pending());
            let in_time = timeout_at(deadline, reads).await.is_ok();
            assert!(in_time, "{} never sees the end: {}", self.record.name, self.place(&topics));
            if self.has_all(&topics) {
                return self.record;
            }
        }
    }

    fn connect(&mut self) -> (Vec<&'static str>, Subscription, watch::Receiver<()>) {
        let mut topics = TOPICS.to_vec();
        let at = match self.habit {
            Habit::Stays(at) => at,
            Habit::Hops { .. } => {
                self.rng.shuffle(&mut topics);
                topics.truncate(self.rng.usize(1..=TOPICS.len()));
                self.rng.usize(..self.nodes.count())
            }
        };
        let (hub, life) = self.nodes.visit(at);
        let id = LastEventId::Id(self.record.last_event_id.clone());
        let events = hub.subscribe(topics.iter().copied()).expect("there are few topics");
        self.record.hop(topics.clone());
        (topics, events.with_last_event_id(id), life)
    }

    /// When it goes.
    fn leaves(&mut self, mut life: watch::Receiver<()>) -> impl Future<Output = ()> + use<> {
        let journal = Arc::clone(&self.journal);
        let stays = match &self.habit {
            Habit::Stays(_) => None,
            Habit::Hops { stays, .. } => Some(Duration::from_millis(self.rng.u64(stays.clone()))),
        };
        async move {
            tokio::select! {
                () = sleep(stays.unwrap_or_default()), if stays.is_some() => {}
                () = journal.completed() => {}
                _ = life.changed() => {}
            }
        }
    }

    /// Reads until it leaves, or has seen all that there will be.
    async fn read(
        &mut self,
        events: &mut Subscription,
        topics: &[&str],
        leaves: impl Future<Output = ()>,
    ) {
        tokio::pin!(leaves);
        while !self.has_all(topics) {
            let item = tokio::select! {
                () = &mut leaves => return,
                item = events.next() => item,
            };
            let Some(item) = item else { return sleep(AGAIN).await };
            self.record.take(item.bytes(), &self.journal);
        }
    }

    /// Where it is, and the nodes are.
    fn place(&self, topics: &[&str]) -> String {
        let hubs = (0..self.nodes.count()).map(|nth| self.nodes.hub(nth));
        let nodes: Vec<_> = hubs.map(|hub| format!("{} {}", hub.head(), hub.health())).collect();
        let Record { last_event_id, last, turned_away, .. } = &self.record;
        let end = self.journal.last(topics);
        format!("{last:?} of {end:?}, at {last_event_id}, {turned_away} turned away, {nodes:?}")
    }

    fn has_all(&self, topics: &[&str]) -> bool {
        self.journal.progress().is_complete && self.record.last >= self.journal.last(topics)
    }
}
