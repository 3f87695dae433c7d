//! Clients that hop a thousand times, and nothing else happens.

use logs::{Disk, Engine};

use crate::client::Habit;
use crate::node::remembering;
use crate::run::{Run, hoppers};
use crate::until::until;

on_each_engine!(hops_lose_and_double_nothing hops_to_nodes_that_remember_little_lose_nothing);

const HOPS: usize = 1000;

async fn hop<E: Engine>(remember: usize, habits: Vec<Habit>) {
    let engine = E::start(Disk::Keeps).await;
    let run = Run::begin(1, &remembering(remember), habits, |_| engine.log("log")).await;
    until("clients hop", || run.nodes.visits() >= HOPS).await;
    let report = run.finish().await;
    println!("{}: {report}", E::NAME);
    report.lost_nothing();
    assert!(report.hops() >= HOPS);
}

async fn hops_lose_and_double_nothing<E: Engine>() {
    hop::<E>(1000, hoppers(4)).await;
}

/// What they come back for is read from the log.
async fn hops_to_nodes_that_remember_little_lose_nothing<E: Engine>() {
    let away = Habit::Hops { stays: 2..10, away: 2..100 };
    let mut habits = hoppers(4);
    habits.extend([away.clone(), away]);
    hop::<E>(5, habits).await;
}
