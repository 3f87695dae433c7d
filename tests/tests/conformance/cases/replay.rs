//! What comes after a gap.

use tower_sse_hub::{AfterGap, Retention};

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
