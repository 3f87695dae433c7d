//! Gaps: whatever may be missing is told, in the stream and before anything else.

use conformance::oracle::Dispatched;
use serde_json::{Value, json};
use tower_sse_hub::Retention;

use super::{cases, everywhere};
use crate::journal::{Journal, answer, position};
use crate::server::Server;
use crate::visit::Visit;

cases! {
    everywhere => [
        whatever_is_no_id_of_this_hub_is_a_gap,
        what_was_trimmed_is_a_gap_and_what_was_not_is_none,
        gap_names_the_topics_that_miss_something,
        topic_that_was_forgotten_is_a_gap,
    ],
}

/// Judges the event that tells of a gap.
#[track_caller]
pub(super) fn check_gap(event: &Dispatched, reason: &str, topics: &[&str], from: &str) {
    assert_eq!(event.name, "gap", "{event:?}");
    let data: Value = serde_json::from_str(&event.data).expect("it is JSON");
    assert_eq!(data, json!({ "reason": reason, "topics": topics, "from": from }));
}

async fn whatever_is_no_id_of_this_hub_is_a_gap(server: Server) {
    let mut journal = Journal::new();
    for _ in 0..3 {
        journal.publish("a");
    }
    let path = journal.serve(&server, ["a"], |events| answer(events.with_resumed()));
    let id = journal.head();
    let (mark, check) = id.split_once('~').expect("an id of a hub");
    let (tag, _) = mark.split_once('.').expect("an id of a hub");
    let flipped: String = check.chars().map(|digit| if digit == '0' { '1' } else { '0' }).collect();
    let forged = format!("{mark}~{flipped}");
    // One that will be given to something else, and one that never will.
    let next = format!("{tag}.{}~{check}", position(&id) + 1);
    let future = format!("{tag}.{}~{check}", u64::MAX);
    let other = Journal::new().publish("a").to_string();
    let huge = "7".repeat(10 * 1024);
    for (sent, reason) in [
        (forged.as_bytes(), "reset"),
        (next.as_bytes(), "reset"),
        (future.as_bytes(), "reset"),
        (other.as_bytes(), "foreign"),
        (b"7", "foreign"),
        (b"a b,c;d=\"e\"", "foreign"),
        (mark.as_bytes(), "foreign"),
        (&id.as_bytes()[1..], "foreign"),
        ("…☃👍".as_bytes(), "foreign"),
        (huge.as_bytes(), "foreign"),
        (b"caf\xE9", "foreign"),
        (b"\xFF\xFE", "foreign"),
    ] {
        let mut visit = Visit::start(&server, &path, sent).await;
        let last = journal.publish("a");
        let seen = visit.until_id(last).await;
        check_gap(&seen.events[0], reason, &["a"], "oldest");
        // It has no id: the client is still where it was.
        assert_eq!(seen.events[0].id, String::from_utf8_lossy(sent));
        assert_eq!(seen.events[1..], journal.all(&["a"]));
    }
}

async fn what_was_trimmed_is_a_gap_and_what_was_not_is_none(server: Server) {
    for sent in 0..9 {
        let mut journal = Journal::keeping(Retention::new().with_count(4));
        let path = journal.serve(&server, ["a"], answer);
        for _ in 0..9 {
            journal.publish("a");
        }
        let mut visit = Visit::start(&server, &path, journal.id(sent)).await;
        visit.until_id(journal.head()).await;
        let last = journal.publish("a");
        let seen = &mut visit.until_id(last).await.events.clone();
        if sent < 4 {
            let gap = seen.remove(0);
            check_gap(&gap, "trimmed", &["a"], "oldest");
            assert_eq!(gap.id, journal.id(sent));
        }
        assert_eq!(*seen, journal.after(journal.id(sent.max(4)), &["a"]));
    }
}

async fn gap_names_the_topics_that_miss_something(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_count(3));
    let first = journal.publish("a");
    for _ in 0..4 {
        journal.publish("b");
    }
    journal.publish("a");
    let path = journal.serve(&server, ["a", "b"], answer);
    let mut visit = Visit::start(&server, &path, &first).await;
    let seen = visit.until_id(journal.head()).await;
    check_gap(&seen.events[0], "trimmed", &["b"], "oldest");
    Journal::check(&journal.after(&first, &["a", "b"]), &seen.events);
    assert_eq!(seen.events.len(), 1 + 3 + 1);

    // Of an id that says nothing, all may miss something.
    let mut visit = Visit::start(&server, &path, "7").await;
    let seen = visit.until_id(journal.head()).await;
    check_gap(&seen.events[0], "foreign", &["a", "b"], "oldest");
}

async fn topic_that_was_forgotten_is_a_gap(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_total_bytes(4096));
    let path = journal.serve(&server, ["a"], answer);
    let first = journal.publish("a");
    let second = journal.publish("a");
    for _ in 0..8 {
        journal.publish_data("busy", "x".repeat(1024));
    }
    let mut visit = Visit::start(&server, &path, &first).await;
    visit.until("a gap", |seen| !seen.events.is_empty()).await;
    let last = journal.publish("a");
    let seen = visit.until_id(&last).await;
    check_gap(&seen.events[0], "trimmed", &["a"], "oldest");
    assert_eq!(seen.events[0].id, first.as_str());
    assert_eq!(seen.events[1..], journal.after(&second, &["a"]));
}
