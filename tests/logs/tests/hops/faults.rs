//! Whatever happens to a log that keeps what it has, nothing is lost, and nothing comes twice.

use std::time::Duration;

use logs::{Disk, Engine, Wire};
use tokio::time::{Instant, sleep};

use crate::node::remembering;
use crate::run::{NODES, Run, hoppers};

on_each_engine!(
    a_log_that_is_killed_and_comes_back_loses_nothing
    a_log_that_stands_still_for_1_s_loses_nothing
    a_log_that_stands_still_for_4_s_loses_nothing
    a_log_that_stands_still_for_10_s_loses_nothing
);

mod wired {
    use super::{
        a_partition_of_all_nodes_loses_nothing, a_partition_of_one_node_loses_nothing,
        a_storm_of_resets_loses_nothing,
    };

    on_each_server!(
        a_storm_of_resets_loses_nothing
        a_partition_of_one_node_loses_nothing
        a_partition_of_all_nodes_loses_nothing
    );
}

/// For how long at most nothing comes when the log is there again, or could be: a back-off and a
/// connection's timeout, of 300 ms each, and what two busy cores take.
const SILENCE: Duration = Duration::from_secs(1);

/// How much is published before a fault, and after it.
const SOME: usize = 150;

/// Has something happen while clients hop. It says how long the log was out of reach.
async fn lose_nothing<E: Engine>(
    what: &str,
    is_wired: bool,
    fault: impl AsyncFnOnce(&mut E, &[Wire]),
) {
    let mut engine = E::start(Disk::Keeps).await;
    let mut wires = Vec::new();
    for _ in 0..NODES {
        wires.push(Wire::to(&engine.url()).await);
    }
    let url = |nth: usize| if is_wired { wires[nth].url().to_owned() } else { engine.url() };
    let log = |nth| engine.log_at(&url(nth), "log");
    let run = Run::begin(2, &remembering(1000), hoppers(3), log).await;
    run.journal.grows(SOME).await;
    let begin = Instant::now();
    fault(&mut engine, &wires).await;
    let outage = begin.elapsed();
    run.journal.grows(SOME).await;
    let report = run.finish().await;
    println!("{}, {what}, out of reach for {outage:.2?}: {report}", E::NAME);
    report.lost_nothing();
    assert!(report.silence() < outage + SILENCE, "{:?} of {outage:?}", report.silence());
}

async fn a_log_that_is_killed_and_comes_back_loses_nothing<E: Engine>() {
    lose_nothing("killed", false, async |engine: &mut E, _: &[Wire]| {
        engine.kill();
        sleep(Duration::from_secs(1)).await;
        engine.restart().await;
    })
    .await;
}

async fn stand_still<E: Engine>(pause: Duration) {
    lose_nothing("stood still", false, async |engine: &mut E, _: &[Wire]| {
        engine.freeze();
        sleep(pause).await;
        engine.thaw();
    })
    .await;
}

async fn a_log_that_stands_still_for_1_s_loses_nothing<E: Engine>() {
    stand_still::<E>(Duration::from_secs(1)).await;
}

async fn a_log_that_stands_still_for_4_s_loses_nothing<E: Engine>() {
    stand_still::<E>(Duration::from_secs(4)).await;
}

async fn a_log_that_stands_still_for_10_s_loses_nothing<E: Engine>() {
    if std::env::var_os("LONG_OUTAGES").is_some() {
        stand_still::<E>(Duration::from_secs(10)).await;
    }
}

async fn a_storm_of_resets_loses_nothing<E: Engine>() {
    lose_nothing("reset 20 times", true, async |_: &mut E, wires: &[Wire]| {
        for wait in [100, 40, 10, 150, 5].into_iter().cycle().take(20) {
            wires.iter().for_each(Wire::tear);
            sleep(Duration::from_millis(wait)).await;
        }
    })
    .await;
}

async fn partition<E: Engine>(what: &str, nodes: usize) {
    lose_nothing(what, true, async |_: &mut E, wires: &[Wire]| {
        wires[..nodes].iter().for_each(Wire::cut);
        sleep(Duration::from_secs(4)).await;
        wires[..nodes].iter().for_each(Wire::mend);
    })
    .await;
}

async fn a_partition_of_one_node_loses_nothing<E: Engine>() {
    partition::<E>("one node cut off", 1).await;
}

async fn a_partition_of_all_nodes_loses_nothing<E: Engine>() {
    partition::<E>("all nodes cut off", NODES).await;
}
