//! Ids for clients of quiet topics.

use std::time::Duration;

use tower_sse::{Event, KeepAlive, Sse};
use tower_sse_hub::{Retention, Subscription};

use super::{cases, everywhere, streams};
use crate::journal::{Journal, answer, position};
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
pub(super) fn with_checkpoints(mut events: Subscription) -> Sse<Subscription> {
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
    // Neither after a checkpoint, nor after an event.
    for topic in ["busy", "quiet", "busy", "busy"] {
        visit.until_id(journal.publish(topic)).await;
        check_comments(&mut visit).await;
    }
    // Nor for who comes with the id.
    check_comments(&mut Visit::start(&server, &path, journal.head()).await).await;
}

/// Nothing but comments comes for a while.
async fn check_comments(visit: &mut Visit) {
    let (at, comments) = (visit.body().len(), visit.seen().comments.len());
    visit.until("comments", |seen| seen.comments.len() >= comments + 3).await;
    assert!(visit.body()[at..].split(|byte| *byte == b'\n').all(|line| matches!(line, b"" | b":")));
}

async fn checkpoint_passes_nothing_that_was_not_sent(server: Server) {
    let journal = Journal::new();
    let hub = journal.hub.clone();
    let path = journal.serve(&server, ["a", "b"], move |mut events| {
        let mut checkpoints = events.checkpoints();
        let (hub, mut silences) = (hub.clone(), 0);
        // In the moment after the stream had nothing, and before the checkpoint is made.
        let keep_alive = KeepAlive::every(Duration::from_millis(5)).with_fn(move || {
            silences += 1;
            for topic in [&["other", "a", "other"][..], &["other"], &["b"]][silences % 3] {
                hub.publish_now(*topic, Event::new("sent")).expect("it is published");
            }
            checkpoints()
        });
        answer(events).with_keep_alive(keep_alive)
    });
    let mut visit = Visit::start(&server, &path, "").await;
    let all = visit.until("events", |seen| seen.events.len() >= 10).await.events.clone();
    let cuts = visit.cuts();
    assert!(cuts.len() > 1 + all.len(), "no checkpoint: {cuts:?}");
    for cut in &cuts[1..] {
        let at = position(&cut.last_event_id);
        let passed = all.iter().take_while(|event| position(&event.id) <= at).count();
        assert_eq!(cut.events.len(), passed, "at {}", cut.last_event_id);
    }
}
