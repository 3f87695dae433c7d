//! Those who wait for the same: what a host reads once for all of them is what each would get.

use std::time::Duration;

use conformance::within;
use futures_util::future::join_all;
use tower_sse::{Reason, Sse, Streams};

use super::{cases, streams};
use crate::journal::{Journal, answer};
use crate::server::Server;
use crate::streams::admitted;
use crate::visit::Visit;

cases! {
    streams => [
        all_get_what_each_would_get_alone,
        who_leaves_is_gone_and_who_stays_misses_nothing,
        a_drain_reaches_all,
    ],
}

async fn all_get_what_each_would_get_alone(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a"], answer);
    let mut visits = Vec::new();
    for n in 0..40 {
        // Some begin here, and some with what is kept.
        let came_with = if n % 2 == 0 { journal.head() } else { journal.id(n / 2).to_owned() };
        visits.push((Visit::start(&server, &path, &came_with).await, came_with));
        journal.publish("other");
        let last = journal.publish_data("a", format!("{n} {}", "x".repeat(40 * n * n)));
        for (visit, _) in &mut visits {
            visit.until_id(&last).await;
        }
    }
    for (visit, came_with) in visits {
        assert!(visit.seen().events == journal.after(&came_with, &["a"]), "after {came_with}");
    }
    server.check_shared();
}

async fn who_leaves_is_gone_and_who_stays_misses_nothing(server: Server) {
    let mut journal = Journal::new();
    let path = journal.serve(&server, ["a"], answer);
    let mut visits = Vec::new();
    for _ in 0..20 {
        visits.push(Visit::start(&server, &path, journal.head()).await);
    }
    while visits.len() > 1 {
        // One leaves in the moment in which something comes for it.
        let last = journal.publish("a");
        visits.swap_remove(visits.len() / 2);
        for visit in &mut visits {
            visit.until_id(&last).await;
        }
    }
    let hub = journal.hub.clone();
    let gone = within("the end of those who have left", async {
        while hub.stats().subscribers > 1 {
            tokio::task::yield_now().await;
        }
    });
    journal.publish_during(&["a", "other"], gone).await;
    let seen = visits[0].until_id(journal.publish("a")).await;
    assert_eq!(seen.events, journal.all(&["a"]));
    server.check_shared();
}

async fn a_drain_reaches_all(server: Server) {
    let mut journal = Journal::new();
    let (streams, hub) = (Streams::new(), journal.hub.clone());
    let path = server.hub(admitted(&streams, move || {
        Sse::new(hub.subscribe(["a"]).expect("a name")).without_keep_alive()
    }));
    let mut visits = Vec::new();
    for _ in 0..20 {
        visits.push(Visit::start(&server, &path, "").await);
    }
    for _ in 0..20 {
        let last = journal.publish("a");
        for visit in &mut visits {
            visit.until_id(&last).await;
        }
    }
    let rest = join_all(visits.into_iter().map(Visit::rest));
    let (rest, ()) = tokio::join!(rest, streams.drain(Duration::from_millis(500)));
    for seen in rest {
        assert!(seen.retry_ms.is_some(), "it is told when to come back");
        assert_eq!(seen.events, journal.all(&["a"]));
    }
    within("the drop of the last body", streams.drain(Duration::MAX)).await;
    assert_eq!(streams.stats().ended(Reason::Drained), 20);
    server.check_shared();
}
