//! Nodes: hubs that share a log.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower_sse_hub::log::Log;
use tower_sse_hub::{Builder, Hub, Retention};

/// A hub and what brings it what the log has.
pub(crate) struct Node {
    pub(crate) hub: Hub,
    driver: JoinHandle<()>,
    life: watch::Sender<()>,
}

/// Nodes, any of which may be replaced.
pub(crate) struct Nodes {
    nodes: Vec<Mutex<Node>>,
    visits: AtomicUsize,
}

/// For how long a publisher waits for one node before it asks the next.
const PUBLISH: Duration = Duration::from_millis(500);

pub(crate) fn remembering(events: usize) -> Builder {
    let retention = Retention::new().with_count(events);
    Hub::builder().with_retention(retention).with_publish_timeout(PUBLISH)
}

impl Node {
    pub(crate) async fn open(builder: Builder, log: impl Log) -> Self {
        let (hub, driver) = builder.open(log).await.expect("log can be opened");
        let driver = tokio::spawn(driver.run());
        Self { hub, driver, life: watch::Sender::new(()) }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // As the end of a process: whoever has a stream of it gets no more.
        self.driver.abort();
    }
}

impl Nodes {
    pub(crate) async fn open<L: Log>(
        count: usize,
        builder: &Builder,
        log: impl Fn(usize) -> L,
    ) -> Self {
        let mut nodes = Vec::new();
        for nth in 0..count {
            nodes.push(Mutex::new(Node::open(builder.clone(), log(nth)).await));
        }
        Self { nodes, visits: AtomicUsize::new(0) }
    }

    pub(crate) fn count(&self) -> usize {
        self.nodes.len()
    }

    /// How often a client came.
    pub(crate) fn visits(&self) -> usize {
        self.visits.load(Ordering::Relaxed)
    }

    pub(crate) fn hub(&self, nth: usize) -> Hub {
        self.at(nth).hub.clone()
    }

    /// A client comes: the hub of a node, and what changes when that node is no more.
    pub(crate) fn visit(&self, nth: usize) -> (Hub, watch::Receiver<()>) {
        self.visits.fetch_add(1, Ordering::Relaxed);
        let node = self.at(nth);
        (node.hub.clone(), node.life.subscribe())
    }

    /// Ends a node, in the place of which is another from now on.
    pub(crate) fn replace(&self, nth: usize, node: Node) {
        *self.at(nth) = node;
    }

    fn at(&self, nth: usize) -> MutexGuard<'_, Node> {
        self.nodes[nth].lock().unwrap_or_else(PoisonError::into_inner)
    }
}
