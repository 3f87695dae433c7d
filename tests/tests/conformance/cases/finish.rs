//! Topics that come to an end.

use tower_sse::Sse;
use tower_sse_hub::{Retention, Start, Subscription};

use super::gap::check_gap;
use super::{cases, everywhere};
use crate::journal::{Journal, answer};
use crate::server::Server;
use crate::visit::Visit;

cases! {
    everywhere => [
        finished_topic_ends_the_response_after_what_remains,
        response_ends_when_all_topics_are_finished,
        whoever_has_everything_is_told_not_to_come_back,
        whoever_comes_back_earlier_gets_the_rest_and_the_end,
        whoever_misses_all_but_the_end_is_told_once,
        finished_topic_that_was_forgotten_is_a_gap,
    ],
}

/// The stream of a subscription, or the word that there is nothing more to come for.
fn answer_or_stop(mut events: Subscription) -> Sse<Subscription> {
    if events.is_over() { Sse::no_content() } else { answer(events.with_start(Start::Oldest)) }
}

fn finish(journal: &Journal, topic: &str) -> String {
    journal.hub.finish_now(topic).expect("it is finished once").to_string()
}

async fn finished_topic_ends_the_response_after_what_remains(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a"], answer);
    let mut early = Visit::start(&server, &path, "").await;
    let first = journal.publish("a");
    early.until_id(&first).await;
    let late = Visit::start(&server, &path, &first).await;
    for _ in 0..100 {
        journal.publish("a");
    }
    finish(&journal, "a");
    assert_eq!(early.rest().await.events, journal.all(&["a"]));
    assert_eq!(late.rest().await.events, journal.after(&first, &["a"]));
}

async fn response_ends_when_all_topics_are_finished(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a", "b"], answer);
    let mut visit = Visit::start(&server, &path, "").await;
    let first = journal.publish("a");
    finish(&journal, "a");
    visit.until_id(journal.publish("b")).await;
    let mut back = Visit::start(&server, &path, &first).await;
    back.until_id(journal.publish("b")).await;
    finish(&journal, "b");
    assert_eq!(visit.rest().await.events, journal.all(&["a", "b"]));
    assert_eq!(back.rest().await.events, journal.after(&first, &["b"]));
}

async fn whoever_has_everything_is_told_not_to_come_back(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a", "b"], answer_or_stop);
    journal.publish("a");
    finish(&journal, "a");
    let last = journal.publish("b");
    assert_eq!(Visit::status(&server, &path, &last).await, 200, "there may be more");
    let end = finish(&journal, "b");
    for id in [last.as_str(), &end, journal.publish("other").as_str()] {
        assert_eq!(Visit::status(&server, &path, id).await, 204, "{id}");
    }
    // Nobody else is sent away.
    for id in ["7", journal.id(0)] {
        assert_eq!(Visit::status(&server, &path, id).await, 200, "{id}");
    }
}

async fn whoever_comes_back_earlier_gets_the_rest_and_the_end(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a"], answer_or_stop);
    for topic in ["a", "other", "a", "a"] {
        journal.publish(topic);
    }
    finish(&journal, "a");
    for n in 0..3 {
        let visit = Visit::start(&server, &path, journal.id(n)).await;
        assert_eq!(visit.rest().await.events, journal.after(journal.id(n), &["a"]));
    }
    // Of an id that says nothing, it is all told again, and no more.
    let mut seen = Visit::start(&server, &path, "7").await.rest().await;
    check_gap(&seen.events.remove(0), "foreign", &["a"], "oldest");
    assert_eq!(seen.events, journal.all(&["a"]));
    assert_eq!(Visit::status(&server, &path, seen.last_event_id).await, 204);
}

async fn whoever_misses_all_but_the_end_is_told_once(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_count(1));
    let path = journal.serve(&server, ["a"], answer_or_stop);
    let first = journal.publish("a");
    journal.publish("a");
    finish(&journal, "a");
    for (sent, reason) in [(first.as_str(), "trimmed"), ("7", "foreign")] {
        let seen = Visit::start(&server, &path, sent).await.rest().await;
        assert_eq!(seen.events.len(), 1, "{seen:?}");
        check_gap(&seen.events[0], reason, &["a"], "oldest");
        // With an id: it would else be told for as long as it came back.
        assert_eq!(Visit::status(&server, &path, seen.last_event_id).await, 204);
    }
}

async fn finished_topic_that_was_forgotten_is_a_gap(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_total_bytes(4096));
    let path = journal.serve(&server, ["a"], answer_or_stop);
    journal.publish("a");
    let last = journal.publish("a");
    finish(&journal, "a");
    assert_eq!(Visit::status(&server, &path, &last).await, 204);
    for _ in 0..8 {
        journal.publish_data("busy", "x".repeat(1024));
    }
    let mut visit = Visit::start(&server, &path, &last).await;
    let seen = visit.until("a gap", |seen| !seen.events.is_empty()).await;
    check_gap(&seen.events[0], "trimmed", &["a"], "oldest");
}
