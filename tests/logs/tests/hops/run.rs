//! Nodes, one who publishes, and clients.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tower_sse_hub::Builder;
use tower_sse_hub::log::Log;

use crate::client::{Client, Habit};
use crate::journal::{Journal, Said};
use crate::node::Nodes;
use crate::oracle;
use crate::publisher::Publisher;
use crate::record::Record;

/// Nodes, one who publishes, and clients, at work.
pub(crate) struct Run {
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) journal: Arc<Journal>,
    stop: watch::Sender<bool>,
    publisher: JoinHandle<()>,
    clients: JoinSet<Record>,
}

/// What became of it.
pub(crate) struct Report {
    pub(crate) said: Vec<Said>,
    pub(crate) records: Vec<Record>,
}

/// How many nodes there are.
pub(crate) const NODES: usize = 3;

/// One who stays at each node, and so many who hop every few milliseconds.
pub(crate) fn hoppers(count: usize) -> Vec<Habit> {
    let hops = Habit::Hops { stays: 2..10, away: 0..1 };
    let stay = (0..NODES).map(Habit::Stays);
    stay.chain(std::iter::repeat_n(hops, count)).collect()
}

impl Run {
    /// Begins, over what is a log for each node.
    pub(crate) async fn begin<L: Log>(
        seed: u64,
        builder: &Builder,
        habits: Vec<Habit>,
        log: impl Fn(usize) -> L,
    ) -> Self {
        let mut rng = Rng::with_seed(seed);
        let nodes = Arc::new(Nodes::open(NODES, builder, log).await);
        let journal = Arc::new(Journal::default());
        let (stop, stopped) = watch::channel(false);
        let (nodes_of, journal_of) = (Arc::clone(&nodes), Arc::clone(&journal));
        let mut publisher =
            Publisher { nodes: nodes_of, journal: journal_of, rng: rng.fork(), at: 0 };
        // All begin with the id of this one.
        let first = publisher.begin().await;
        let mut clients = JoinSet::new();
        for (nth, habit) in habits.into_iter().enumerate() {
            let record = Record::new(format!("client {nth}, {habit:?}"), first.clone());
            let (nodes, journal) = (Arc::clone(&nodes), Arc::clone(&journal));
            let client = Client { nodes, journal, rng: rng.fork(), habit, record };
            clients.spawn(client.run());
        }
        let publisher = tokio::spawn(publisher.run(stopped));
        Self { nodes, journal, stop, publisher, clients }
    }

    /// Has the last events published, and waits until all clients have all.
    pub(crate) async fn finish(self) -> Report {
        self.stop.send_replace(true);
        self.publisher.await.expect("all is published in the end");
        let records = self.clients.join_all().await;
        Report { said: self.journal.all(), records }
    }
}

impl Report {
    /// Nobody has missed anything, or been told that anything may be missing.
    pub(crate) fn lost_nothing(&self) {
        self.told(&vec![false; self.said.len()]);
        for record in &self.records {
            assert_eq!(record.gaps(), 0, "{} was told of one", record.name);
        }
    }

    /// Nobody has missed anything without being told.
    pub(crate) fn told(&self, lost: &[bool]) {
        self.records.iter().for_each(|record| oracle::check(record, &self.said, lost));
    }

    /// The longest time in which a client that was not sent away saw nothing.
    pub(crate) fn silence(&self) -> Duration {
        self.records.iter().map(|record| record.silence).max().unwrap_or_default()
    }

    pub(crate) fn hops(&self) -> usize {
        self.records.iter().map(Record::hops).sum()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sum = |of: fn(&Record) -> usize| self.records.iter().map(of).sum::<usize>();
        let (published, clients) = (self.said.len(), self.records.len());
        write!(f, "{published} published, {clients} clients, {} hops", self.hops())?;
        write!(f, ", {} events, {} gaps", sum(Record::events), sum(Record::gaps))?;
        write!(f, ", {} turned away", sum(|record| record.turned_away))?;
        write!(f, ", silent for at most {:.2?}", self.silence())
    }
}
