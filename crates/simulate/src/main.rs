//! How a log, the hubs behind it and their subscribers scale, from costs that were measured on one
//! machine: `cargo run --release -p simulate`.
//!
//! It knows waiting for a core, for the log and for the network, and nothing else: neither the limits
//! of a network nor those of memory. What it says holds to within a factor, not to within percents.

mod cluster;
mod costs;

use crate::cluster::{CORES, Cluster, Outcome};
use crate::costs::Costs;

/// What is asked for: 99 of 100 events are written on every node in this time, in seconds.
const SOON: f64 = 0.1;

/// How busy a log may be, so that there is room for what was not foreseen.
const BUSY: f64 = 0.8;

const CLUSTER: Cluster =
    Cluster { nodes: 3, subscribers: 1_000.0, topics: 1_000.0, rate: 1_000.0, storm: None };

fn main() {
    for (log, costs) in [("Redis", Costs::redis()), ("NATS", Costs::nats())] {
        println!("{log}, nodes with {CORES} cores\n");
        println!("events a second that one log carries (1,000 subscribers a node, each of one of");
        println!("1,000 topics):");
        rates("nodes", [1, 2, 5, 10, 20, 50], |nodes| Cluster { nodes, ..CLUSTER }, &costs);
        println!("the same by the subscribers of a node, all of one topic (3 nodes):");
        let audience = |n| Cluster { subscribers: n as f64, topics: 1.0, ..CLUSTER };
        rates("subscribers", [10, 100, 1_000, 10_000], audience, &costs);
        println!("the same by topics (3 nodes, 10,000 subscribers each):");
        let topics = |n| Cluster { subscribers: 10_000.0, topics: n as f64, ..CLUSTER };
        rates("topics", [1, 10, 100, 1_000, 10_000], topics, &costs);
        println!(
            "one of 5 nodes with 10,000 subscribers each goes off (1,000 topics, 1,000 events a"
        );
        println!("second):");
        storms(&costs);
    }
}

fn rates<const N: usize>(
    name: &str,
    of: [usize; N],
    cluster: impl Fn(usize) -> Cluster,
    costs: &Costs,
) {
    println!("{name:>12}{:>12}{:>10}{:>10}", "events/s", "log", "node");
    for n in of {
        let (rate, outcome) = highest(cluster(n), costs);
        println!("{n:>12}{rate:>12.0}{:>9.0}%{:>9.0}%", 100.0 * outcome.log, 100.0 * outcome.node);
    }
    println!();
}

/// The highest rate that is borne, to within some percent.
fn highest(cluster: Cluster, costs: &Costs) -> (f64, Outcome) {
    let run = |rate| Cluster { rate, ..cluster }.run(costs, 4.0, 20_000);
    let is_borne = |outcome: &Outcome| outcome.log <= BUSY && centile(&outcome.delays, 99) <= SOON;
    let mut rate = 1.0;
    let mut borne = run(rate);
    assert!(is_borne(&borne), "not even {rate} a second: {cluster:?}");
    for factor in [2.0, 1.25, 1.05] {
        loop {
            let next = run(rate * factor);
            if !is_borne(&next) {
                break;
            }
            rate *= factor;
            borne = next;
        }
    }
    (rate, borne)
}

fn storms(costs: &Costs) {
    println!("{:>16}{:>12}{:>16}{:>12}", "come back after", "all back", "p99 of events", "before");
    for (soonest, latest) in [(1.0, 1.0), (1.0, 2.0), (1.0, 5.0)] {
        let quiet = Cluster { nodes: 5, subscribers: 10_000.0, ..CLUSTER };
        let storm = Some((soonest, latest));
        let seconds = latest + 1.0;
        let seen = Cluster { storm, ..quiet }.run(costs, seconds, usize::MAX);
        let before = quiet.run(costs, seconds, usize::MAX);
        println!(
            "{:>16}{:>10.2} s{:>13.1} ms{:>9.1} ms",
            format!("{soonest} to {latest} s"),
            seen.back,
            1e3 * centile(&seen.delays, 99),
            1e3 * centile(&before.delays, 99),
        );
    }
    println!();
}

/// How long so many of a hundred took at most, of times in rising order; without any, for ever.
fn centile(times: &[f64], centile: usize) -> f64 {
    times.get(times.len() * centile / 100).copied().unwrap_or(f64::INFINITY)
}
