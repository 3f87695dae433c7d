//! Publishers, a log, nodes and their subscribers, in simulated time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::costs::Costs;

/// Nodes that share a log.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cluster {
    pub(crate) nodes: usize,
    /// Of a node, each of one topic.
    pub(crate) subscribers: f64,
    pub(crate) topics: f64,
    /// Events a second, of all topics.
    pub(crate) rate: f64,
    /// One node goes off when it begins, and its clients come back to the others, in this time: the
    /// soonest and the latest, in seconds.
    pub(crate) storm: Option<(f64, f64)>,
}

/// What was seen.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Which part of the time the log was busy, and the busiest node.
    pub(crate) log: f64,
    pub(crate) node: f64,
    /// From publishing to the last write of a node, in seconds, in rising order.
    pub(crate) delays: Vec<f64>,
    /// When the last one was back, in seconds after the node was gone.
    pub(crate) back: f64,
}

/// A time in nanoseconds, and what happens then. What is at the same time is in order of its number.
type Due = Reverse<(u64, u64, Happens)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Happens {
    Publish,
    Stored,
    /// A node reads what comes next.
    Read(usize),
    /// A node has a page, up to this entry.
    Page(usize, usize),
    /// A node has given all up to this entry, and so many clients their head.
    Given(usize, usize, usize),
    Back(usize),
}

#[derive(Clone, Debug, Default)]
struct Node {
    is_waiting: bool,
    is_busy: bool,
    read: usize,
    given: usize,
    /// How many clients have come back and wait.
    returned: usize,
    subscribers: f64,
    worked: f64,
}

struct Run<'a> {
    costs: &'a Costs,
    cluster: Cluster,
    due: BinaryHeap<Due>,
    made: u64,
    nodes: Vec<Node>,
    /// When each entry was published.
    published: Vec<f64>,
    /// How many entries the log has.
    stored: usize,
    /// When the log has done all it was asked for, and how long it worked.
    free: f64,
    worked: f64,
    outcome: Outcome,
}

/// So many clients are taken in before a node looks after events again.
const TAKEN_IN: usize = 64;

/// The most entries of a page.
const PAGE: usize = 512;

/// The cores of a node.
pub(crate) const CORES: f64 = 2.0;

impl Cluster {
    /// Runs for so many seconds, or entries.
    pub(crate) fn run(self, costs: &Costs, seconds: f64, entries: usize) -> Outcome {
        let mut rng = fastrand::Rng::with_seed(1);
        let seconds = seconds.min(entries as f64 / self.rate);
        let node = Node { subscribers: self.subscribers, is_waiting: true, ..Node::default() };
        let mut run = Run {
            costs,
            cluster: self,
            due: BinaryHeap::new(),
            made: 0,
            nodes: vec![node; self.nodes],
            published: Vec::new(),
            stored: 0,
            free: 0.0,
            worked: 0.0,
            outcome: Outcome::default(),
        };
        let mut at = 0.0;
        while at < seconds {
            // Poisson's arrivals.
            at -= (1.0 - rng.f64()).ln() / self.rate;
            run.plan(at, Happens::Publish);
        }
        if let Some((soonest, latest)) = self.storm {
            run.nodes.pop();
            for n in 0..self.subscribers as usize {
                let after = soonest + (latest - soonest) * rng.f64();
                run.plan(after, Happens::Back(n % run.nodes.len()));
            }
        }
        let mut now = 0.0;
        while let Some(Reverse((nanos, _, happens))) = run.due.pop() {
            now = nanos as f64 / 1e9;
            run.happen(now, happens);
        }
        let mut outcome = run.outcome;
        outcome.log = run.worked / now;
        outcome.node = run.nodes.iter().map(|node| node.worked).fold(0.0, f64::max) / now;
        outcome.delays.sort_by(f64::total_cmp);
        outcome
    }
}

impl Run<'_> {
    fn plan(&mut self, at: f64, happens: Happens) {
        self.made += 1;
        self.due.push(Reverse(((at * 1e9) as u64, self.made, happens)));
    }

    fn happen(&mut self, now: f64, happens: Happens) {
        match happens {
            Happens::Publish => {
                self.published.push(now);
                let stored = self.log_works(now + self.costs.network, self.costs.append);
                self.plan(stored, Happens::Stored);
            }
            Happens::Stored => {
                self.stored += 1;
                for node in 0..self.nodes.len() {
                    if self.nodes[node].is_waiting {
                        self.read(now, node);
                    }
                }
            }
            Happens::Read(node) if self.stored > self.nodes[node].read => self.read(now, node),
            Happens::Read(node) => self.nodes[node].is_waiting = true,
            Happens::Page(node, upto) => {
                self.nodes[node].read = upto;
                self.plan(now + self.costs.network, Happens::Read(node));
                self.work(now, node);
            }
            Happens::Given(node, upto, returned) => {
                let from = std::mem::replace(&mut self.nodes[node].given, upto);
                let delays = self.published[from..upto].iter().map(|at| now - at);
                self.outcome.delays.extend(delays);
                if returned > 0 {
                    self.outcome.back = now;
                }
                self.nodes[node].subscribers += returned as f64;
                self.nodes[node].is_busy = false;
                self.work(now, node);
            }
            Happens::Back(node) => {
                self.nodes[node].returned += 1;
                self.work(now, node);
            }
        }
    }

    /// The log does one thing after the other. It tells when this one is done.
    fn log_works(&mut self, asked: f64, cost: f64) -> f64 {
        self.free = self.free.max(asked) + cost;
        self.worked += cost;
        self.free
    }

    fn read(&mut self, now: f64, node: usize) {
        let from = self.nodes[node].read;
        let upto = self.stored.min(from + PAGE);
        self.nodes[node].is_waiting = false;
        let cost = self.costs.read + self.costs.entry * (upto - from) as f64;
        let done = self.log_works(now, cost);
        self.plan(done + self.costs.network, Happens::Page(node, upto));
    }

    /// A node gives what it has to all who want it, in one frame for each.
    fn work(&mut self, now: f64, number: usize) {
        let node = &mut self.nodes[number];
        let entries = node.read - node.given;
        let returned = node.returned.min(TAKEN_IN);
        if node.is_busy || entries + returned == 0 {
            return;
        }
        let share = 1.0 / self.cluster.topics;
        let written = node.subscribers * (1.0 - (1.0 - share).powi(entries as i32));
        let deliveries = node.subscribers * share * entries as f64;
        let cost = self.costs.insert * entries as f64
            + self.costs.frame * written
            + self.costs.event * deliveries
            + self.costs.resume * returned as f64;
        let took = cost / CORES;
        node.worked += took;
        node.is_busy = true;
        node.returned -= returned;
        let upto = node.read;
        self.plan(now + took, Happens::Given(number, upto, returned));
    }
}
