//! Everything at once, under seeded chance: a log that trims, breaks and comes back, nodes that come
//! and go, and clients that hop, against the plain list of what was published.
//!
//! `MODEL_SEEDS=100 cargo test -p logs --test hops model` tries more seeds.

use std::time::Duration;

use fastrand::Rng;
use logs::{Disk, Engine};
use tokio::time::sleep;

use crate::client::Habit;
use crate::node::{Node, remembering};
use crate::run::{NODES, Run};

on_each_engine!(nothing_is_lost_or_doubled_without_a_word);

const STEPS: usize = 12;

/// How many entries the log keeps: who is away for long has missed some.
const KEPT: usize = 150;

async fn run<E: Engine>(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let mut engine = E::start(Disk::Keeps).await;
    let hops = Habit::Hops { stays: 2..30, away: 0..5 };
    let away = Habit::Hops { stays: 2..30, away: 2..900 };
    let habits = vec![Habit::Stays(0), Habit::Stays(1), hops, away.clone(), away];
    let remember = rng.usize(5..50);
    let builder = remembering(remember);
    let run = Run::begin(seed, &builder, habits, |_| engine.bounded("log", KEPT)).await;
    for _ in 0..STEPS {
        let short = Duration::from_millis(rng.u64(10..300));
        match rng.u8(..6) {
            0 => {
                engine.kill();
                sleep(short).await;
                engine.restart().await;
            }
            1 => {
                engine.freeze();
                sleep(short).await;
                engine.thaw();
            }
            2 => {
                let node = Node::open(builder.clone(), engine.bounded("log", KEPT)).await;
                run.nodes.replace(rng.usize(..NODES), node);
            }
            _ => run.journal.grows(rng.usize(1..100)).await,
        }
    }
    let report = run.finish().await;
    println!("{}, seed {seed}, {remember} remembered: {report}", E::NAME);
    report.told(&vec![false; report.said.len()]);
}

async fn nothing_is_lost_or_doubled_without_a_word<E: Engine>() {
    let number = |name| std::env::var(name).ok()?.parse().ok();
    let first = number("MODEL_SEED").unwrap_or(0);
    for seed in first..first + number("MODEL_SEEDS").unwrap_or(2) {
        run::<E>(seed).await;
    }
}
