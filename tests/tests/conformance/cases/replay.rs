//! What comes after a gap.

use std::sync::{Arc, Once, OnceLock};

use conformance::oracle::Dispatched;
use serde_json::Value;
use tower_sse_hub::{AfterGap, Event, EventName, Gap, Hub, Lag, Retention, Subscription};

use super::checkpoints::with_checkpoints;
use super::gap::check_gap;
use super::{cases, everywhere, streams};
use crate::journal::{Journal, answer};
use crate::server::Server;
use crate::visit::Visit;

cases! {
    everywhere => [
        replay_after_a_gap_ends_with_an_id,
        live_after_a_gap_begins_at_its_id,
        live_after_a_gap_passes_over_no_topic_that_is_not_named,
        what_is_forgotten_while_a_gap_is_told_is_told,
    ],
    streams => [
        client_that_is_cut_off_after_a_gap_is_told_again,
        every_id_of_a_body_can_be_resumed_from,
    ],
}

async fn replay_after_a_gap_ends_with_an_id(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_count(3));
    let path = journal.serve(&server, ["a"], answer);
    // Nothing at all, nothing to replay, something, and something with other topics behind.
    for publish in [&[][..], &["other"], &["a"; 9], &["a", "other"]] {
        publish.iter().for_each(|topic| _ = journal.publish(topic));
        let head = journal.head();
        let mut visit = Visit::start(&server, &path, "7").await;
        let seen = visit.until_id(&head).await;
        check_gap(&seen.events[0], "foreign", &["a"], "oldest");
        Journal::check(&journal.all(&["a"]), &seen.events);
        let mut back = Visit::start(&server, &path, &head).await;
        let last = journal.publish("a");
        assert_eq!(back.until_id(last).await.events, journal.after(&head, &["a"]));
    }
}

async fn live_after_a_gap_begins_at_its_id(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_count(3));
    let path =
        journal.serve(&server, ["a"], |events| answer(events.with_after_gap(AfterGap::Live)));
    for _ in 0..9 {
        journal.publish("a");
    }
    for (sent, reason) in [("7", "foreign"), (journal.id(0).to_owned().as_str(), "trimmed")] {
        let head = journal.head();
        let mut visit = Visit::start(&server, &path, sent).await;
        let seen = visit.until_id(&head).await;
        assert_eq!(seen.events.len(), 1, "{seen:?}");
        check_gap(&seen.events[0], reason, &["a"], "live");
        let last = journal.publish("a");
        let seen = visit.until_id(&last).await;
        assert_eq!(seen.events[1..], journal.after(&head, &["a"]));
        // The snapshot that it fetches is joined by that id.
        let mut back = Visit::start(&server, &path, &head).await;
        assert_eq!(back.until_id(&last).await.events, journal.after(&head, &["a"]));
    }
}

async fn client_that_is_cut_off_after_a_gap_is_told_again(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_count(5));
    let path = journal.serve(&server, ["a", "b"], with_checkpoints);
    let first = journal.publish("a").to_string();
    for n in 0..20 {
        journal.publish(["a", "b", "other"][n % 3]);
    }
    for sent in ["7", &first] {
        let due = match sent {
            "7" => journal.all(&["a", "b"]),
            id => journal.after(id, &["a", "b"]),
        };
        let mut visit = Visit::start(&server, &path, sent).await;
        visit.until_id(journal.head()).await;
        let cuts = visit.cuts();
        assert!(cuts.len() > 10, "{cuts:?}");
        for cut in cuts {
            let mut back = Visit::start(&server, &path, &cut.last_event_id).await;
            let rest = match cut.last_event_id == journal.head().as_str() {
                true => Vec::new(),
                false => back.until_id(journal.head()).await.events.clone(),
            };
            let seen = [cut.events, rest].concat();
            Journal::check(&due, &seen);
            assert_eq!(seen.last(), due.last());
        }
    }
}

async fn every_id_of_a_body_can_be_resumed_from(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a"], with_checkpoints);
    for topic in ["a", "a", "other"] {
        journal.publish(topic);
    }
    // A gap, a replay, its end, an event, a checkpoint, an event.
    let mut visit = Visit::start(&server, &path, "7").await;
    visit.until_id(journal.head()).await;
    for topic in ["a", "other", "a"] {
        let id = journal.publish(topic);
        visit.until_id(id).await;
    }
    let ids: Vec<_> = visit.cuts().into_iter().map(|cut| cut.last_event_id).collect();
    assert_eq!(ids.iter().filter(|id| *id != "7").count(), 6, "{ids:?}");
    for id in ids.iter().filter(|id| *id != "7") {
        let mut back = Visit::start(&server, &path, id).await;
        let last = journal.publish("a");
        assert_eq!(back.until_id(last).await.events, journal.after(id, &["a"]));
    }
}

async fn live_after_a_gap_passes_over_no_topic_that_is_not_named(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_count(3));
    let path =
        journal.serve(&server, ["a", "b"], |events| answer(events.with_after_gap(AfterGap::Live)));
    let first = journal.publish("a");
    for topic in ["a", "a", "a", "a", "b"] {
        journal.publish(topic);
    }
    let mut visit = Visit::start(&server, &path, &first).await;
    visit.until("a gap", |seen| !seen.events.is_empty()).await;
    let last = journal.publish("a");
    check_named(&journal.after(first, &["b"]), "b", &visit.until_id(last).await.events);
}

async fn what_is_forgotten_while_a_gap_is_told_is_told(server: Server) {
    let hub = Arc::new(OnceLock::<Hub>::new());
    let publisher = Arc::clone(&hub);
    let hub = hub.get_or_init(|| {
        let retention = Retention::new().with_count(3);
        // In the moment after it was seen what is missing, and before that is said.
        let once = Once::new();
        let tell = move |gap: &Gap<'_>| {
            once.call_once(|| {
                (0..4).for_each(|_| {
                    let hub = publisher.get().expect("it is there");
                    hub.publish_now("b", Event::new("meanwhile")).expect("it is published");
                });
            });
            Event::json(gap).expect("it is JSON").with_name(EventName::from_static("gap"))
        };
        Hub::builder().with_retention(retention).with_gap_event(tell).build()
    });
    let mut journal = Journal::of(hub.clone());
    let skip = |events: Subscription| answer(events.with_lag(Lag::Skip));
    let path = journal.serve(&server, ["a", "b"], skip);
    let first = journal.publish("a");
    for topic in ["a", "a", "a", "a", "b"] {
        journal.publish(topic);
    }
    let mut visit = Visit::start(&server, &path, &first).await;
    visit.until("a gap", |seen| !seen.events.is_empty()).await;
    let last = journal.publish("a");
    check_named(&journal.after(first, &["b"]), "b", &visit.until_id(last).await.events);
}

/// Whoever has not got everything of a topic has got a gap that names it.
#[track_caller]
fn check_named(due: &[Dispatched], topic: &str, seen: &[Dispatched]) {
    let is_named = seen.iter().filter(|event| event.name == "gap").any(|event| {
        let gap: Value = serde_json::from_str(&event.data).expect("it is JSON");
        gap["topics"].as_array().expect("it names topics").iter().any(|named| named == topic)
    });
    assert!(is_named || due.iter().all(|due| seen.contains(due)), "{seen:#?}");
}
