//! What a log loses is told to everyone whose place is lost.

use std::collections::HashSet;

use futures_util::StreamExt;
use futures_util::future::join_all;
use logs::{Disk, Engine};
use tokio::time::timeout;
use tower_sse_hub::log::{Log, ReadFrom};
use tower_sse_hub::{Event, EventId, Hub, LastEventId};

use crate::client::Habit;
use crate::journal::Said;
use crate::node::{Node, remembering};
use crate::run::{Run, hoppers};
use crate::until::{PATIENCE, until};

on_each_engine!(
    a_log_that_is_killed_and_forgets_is_told
    a_log_that_is_deleted_is_told
    a_log_with_other_events_in_the_same_places_is_told
);

const SOME: usize = 150;

/// Loses all there is while clients hop.
async fn lose<E: Engine>(what: &str, disk: Disk, lose: impl AsyncFnOnce(&mut E)) {
    let mut engine = E::start(disk).await;
    let away = Habit::Hops { stays: 2..10, away: 2..200 };
    let mut habits = hoppers(3);
    habits.extend([away.clone(), away]);
    let run = Run::begin(3, &remembering(1000), habits, |_| engine.log("log")).await;
    run.journal.grows(SOME).await;
    let at_least = run.journal.progress().count;
    lose(&mut engine).await;
    run.journal.grows(SOME).await;
    let report = run.finish().await;
    println!("{}, {what}: {report}", E::NAME);
    let lost = lost(&engine.log("log"), &report.said).await;
    assert!(lost[..at_least].iter().all(|lost| *lost), "what was published before is lost");
    assert!(!lost.ends_with(&[true]), "what was published after is kept");
    report.told(&lost);
    for record in &report.records {
        assert!(record.gaps() > 0, "{} was at something lost", record.name);
    }
}

/// What the log does not have.
async fn lost(log: &impl Log, said: &[Said]) -> Vec<bool> {
    let mut kept = HashSet::new();
    let mut from = ReadFrom::Oldest;
    loop {
        let page = log.read(from, 1000).await.expect("log can be read");
        let marks = page.entries.iter().map(|entry| entry.mark);
        kept.extend(marks.map(|mark| format!("{}~{:08x}", mark.position, mark.check)));
        from = ReadFrom::After(page.upto);
        if page.at_head {
            return said.iter().map(|said| !kept.contains(&said.mark)).collect();
        }
    }
}

async fn a_log_that_is_killed_and_forgets_is_told<E: Engine>() {
    lose("killed without a disk", Disk::Forgets, async |engine: &mut E| {
        engine.kill();
        engine.restart().await;
    })
    .await;
}

async fn a_log_that_is_deleted_is_told<E: Engine>() {
    lose("deleted", Disk::Keeps, async |engine: &mut E| engine.wipe("log").await).await;
}

/// As many as there were before.
const AGAIN: usize = 20;

/// The log is deleted, and somebody publishes as much to it, before anybody has looked.
async fn a_log_with_other_events_in_the_same_places_is_told<E: Engine>() {
    let engine = E::start(Disk::Keeps).await;
    let open = || Node::open(remembering(100), engine.log("log"));
    let nodes = [open().await, open().await, open().await];
    let mut old = Vec::new();
    for nth in 0..AGAIN {
        old.push(publish(&nodes[0].hub, format!("old {nth}")).await);
    }
    for node in &nodes {
        let reached = node.hub.reached(&old[AGAIN - 1]);
        timeout(PATIENCE, reached).await.expect("all get all").expect("it is of this log");
    }
    engine.wipe("log").await;
    let after = Node::open(remembering(100), engine.log("log")).await;
    for nth in 0..AGAIN {
        publish(&after.hub, format!("new {nth}")).await;
    }
    let hubs = nodes.iter().chain([&after]).map(|node| &node.hub);
    let all = hubs.flat_map(|hub| old.iter().enumerate().map(move |(at, id)| told(hub, at, id)));
    timeout(PATIENCE, join_all(all)).await.expect("all are told");
    until("all nodes are well", || nodes.iter().all(|node| node.hub.health().is_well())).await;
}

async fn publish(hub: &Hub, data: String) -> EventId {
    hub.publish("news", Event::new(data)).await.expect("it is stored")
}

/// Who comes with the id of what was lost is given what a node still has of that, and then told; and
/// then all that is new.
async fn told(hub: &Hub, at: usize, id: &EventId) {
    let events = hub.subscribe(["news"]).expect("it is one topic");
    let mut events = events.with_last_event_id(LastEventId::Id(id.clone()));
    let (mut old, mut gaps, mut new) = (at + 1, 0, 0);
    while new < AGAIN {
        let item = events.next().await.expect("stream goes on");
        let text = std::str::from_utf8(item.bytes()).expect("streams are text");
        for event in text.split_terminator("\n\n") {
            if event.starts_with("event: gap") {
                // What a node still has may come again before it sees that the log is another.
                (old, gaps, new) = (0, gaps + 1, 0);
            } else if says(event, "old", old) && new == 0 {
                old += 1;
            } else if says(event, "new", new) && gaps > 0 {
                new += 1;
            } else if event.contains("data: ") {
                panic!("{event:?} comes after {old} old, {gaps} gaps, {new} new");
            }
        }
    }
}

fn says(event: &str, age: &str, number: usize) -> bool {
    event.lines().any(|line| line == format!("data: {age} {number}"))
}
