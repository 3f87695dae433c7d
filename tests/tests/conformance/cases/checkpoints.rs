//! Ids for clients of quiet topics.

use std::time::Duration;

use conformance::within;
use tower_sse::{Encoded, KeepAlive};
use tower_sse_hub::{Retention, Subscription};

use super::{cases, everywhere, streams};
use crate::journal::{Journal, answer, position};
use crate::scenarios::Answer;
use crate::server::Server;
use crate::visit::Visit;

cases! {
    everywhere => [
        quiet_topic_is_resumed_after_a_checkpoint,
    ],
    streams => [
        checkpoint_that_has_not_moved_is_a_comment,
        checkpoint_passes_nothing_that_was_not_sent,
    ],
}

/// The stream of a subscription, with checkpoints in silence.
pub(super) fn with_checkpoints(mut events: Subscription) -> Answer<Encoded> {
    let checkpoints = KeepAlive::every(Duration::from_millis(5)).with_fn(events.checkpoints());
    answer(events).with_keep_alive(checkpoints)
}

async fn quiet_topic_is_resumed_after_a_checkpoint(server: Server) {
    let mut journal = Journal::keeping(Retention::new().with_count(5));
    let path = journal.serve(&server, ["quiet"], with_checkpoints);
    let mut last_event_id = journal.publish("quiet").to_string();
    for _ in 0..3 {
        let mut visit = Visit::start(&server, &path, &last_event_id).await;
        // More than is kept of a topic.
        let heads: Vec<_> = (0..10).map(|_| journal.publish("busy")).collect();
        let head = heads.last().expect("there are ten").as_str();
        let seen = visit.until_id(head).await;
        assert_eq!(seen.events, []);

        journal.publish("quiet");
        let mut visit = Visit::start(&server, &path, head).await;
        let last = journal.publish("quiet");
        assert_eq!(visit.until_id(&last).await.events, journal.after(head, &["quiet"]));
        last_event_id = last.to_string();
    }
}

async fn checkpoint_that_has_not_moved_is_a_comment(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["quiet"], with_checkpoints);
    let mut visit = Visit::start(&server, &path, "").await;
    for _ in 0..3 {
        let head = journal.publish("busy");
        let comments = visit.until_id(&head).await.comments.len();
        let at = visit.body().len();
        visit.until("comments", |seen| seen.comments.len() >= comments + 3).await;
        assert_eq!(&visit.body()[at..], b":\n\n:\n\n:\n\n");
    }
}

async fn checkpoint_passes_nothing_that_was_not_sent(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a", "b"], with_checkpoints);
    let first = journal.publish("other").to_string();
    // Silence for the client, long enough for some.
    let others = ["other"; 300];
    let topics = [&["a", "b"][..], &others, &["b"], &others].concat();
    let visit = async {
        let mut visit = Visit::start(&server, &path, &first).await;
        let mut events = 0;
        while visit.cuts().len() < events + 10 {
            let more = events + 6;
            events = visit.until("events", |seen| seen.events.len() >= more).await.events.len();
        }
        visit
    };
    let visit = journal.publish_during(&topics, within("ten checkpoints", visit)).await;
    let all = journal.all(&["a", "b"]);
    for cut in visit.cuts() {
        let after = position(&cut.last_event_id);
        let passed = all.iter().take_while(|event| position(&event.id) <= after).count();
        assert_eq!(cut.events, all[..passed], "at {}", cut.last_event_id);
    }
}
