//! Readers that do not read.

use std::time::Duration;

use conformance::within;
use futures_util::StreamExt as _;
use metrics_exporter_prometheus::PrometheusBuilder;
use tower_sse::{Reason, Sse, Streams};
use tower_sse_hub::{AfterGap, Lag, Retention, Subscription};

use super::cases;
use super::gap::check_gap;
use crate::journal::{Journal, answer};
use crate::place::Route;
use crate::server::Server;
use crate::streams::admitted;
use crate::visit::Visit;

cases! {
    // It takes megabytes to make a server wait, and the route is not where it does.
    |place| place.route == Route::Native => [
        reader_that_stalls_is_sent_away_and_told_when_it_is_back,
        reader_that_stalls_is_told_and_goes_on,
        reader_that_stalls_is_told_and_goes_on_live,
        reader_that_stalls_has_ended_since_it_lagged,
    ],
}

/// How many events are kept.
const KEPT: usize = 4;
/// The size of an event: a few dozen fill all that lies between a hub and a client.
const LARGE: usize = 64 * 1024;

pub(super) fn journal() -> Journal {
    Journal::keeping(Retention::new().with_count(KEPT).with_bytes(4 * KEPT * LARGE))
}

fn large(journal: &mut Journal) -> String {
    let data = format!("{} {}", journal.head(), "🐌".repeat(LARGE / 4));
    journal.publish_data("a", data).to_string()
}

/// A reader that does not read, until much more than is kept was published that it has not got.
/// Another, who comes back with it, reads it all meanwhile, and nobody waits.
pub(super) async fn stalled(
    server: &Server,
    journal: &mut Journal,
    (streams, path): (Streams, String),
) -> (Visit, Visit) {
    let stalled = Visit::start_narrow(server, &path, "").await;
    let stream = streams.all().remove(0);
    let path = journal.serve(server, ["a"], answer);
    let mut quick = Visit::start(server, &path, "").await;
    let mut unread = 0;
    while unread < 2 * KEPT {
        let events = stream.events();
        quick.until_id(large(journal)).await;
        // While the server cannot write to a reader, it asks for nothing more for it.
        unread = if stream.events() == events { unread + 1 } else { 0 };
    }
    assert!(quick.seen().events == journal.all(&["a"]), "the quick one has got everything");
    server.check_shared();
    (stalled, quick)
}

/// Serves subscriptions, let in by a registry.
pub(super) fn serve(
    server: &Server,
    journal: &Journal,
    tune: fn(Subscription) -> Subscription,
) -> (Streams, String) {
    let (streams, hub) = (Streams::new(), journal.hub.clone());
    let path = server
        .hub(admitted(&streams, move || Sse::new(tune(hub.subscribe(["a"]).expect("a name")))));
    (streams, path)
}

async fn reader_that_stalls_is_sent_away_and_told_when_it_is_back(server: Server) {
    let mut journal = journal();
    let served = serve(&server, &journal, |events| events);
    let (stalled, _) = stalled(&server, &mut journal, served).await;
    let seen = stalled.rest().await;
    let all = journal.all(&["a"]);
    assert!(all.len() - seen.events.len() > KEPT, "it has got {} events", seen.events.len());
    assert!(all.starts_with(&seen.events), "there is no hole in what it has got");

    let path = journal.serve(&server, ["a"], answer);
    let mut back = Visit::start(&server, &path, &seen.last_event_id).await;
    let rest = &back.until_id(journal.head()).await.events;
    check_gap(&rest[0], "trimmed", &["a"], "oldest");
    assert!(rest[1..] == all[all.len() - KEPT..], "it has got the rest");
}

async fn reader_that_stalls_is_told_and_goes_on(server: Server) {
    let mut journal = journal();
    let served = serve(&server, &journal, |events| events.with_lag(Lag::Skip));
    let (mut visit, _) = stalled(&server, &mut journal, served).await;
    visit.until_id(journal.head()).await;
    let last = large(&mut journal);
    let seen = &visit.until_id(&last).await.events;
    Journal::check(&journal.all(&["a"]), seen);
    let at = seen.iter().position(|event| event.name == "gap").expect("it is told");
    check_gap(&seen[at], "trimmed", &["a"], "oldest");
    // It has no id: a client that is cut off now is not past what comes next.
    assert_eq!(seen[at].id, seen[at - 1].id);
    assert_eq!(seen.len() - at - 1, KEPT + 1);
}

async fn reader_that_stalls_is_told_and_goes_on_live(server: Server) {
    let mut journal = journal();
    let live = |events: Subscription| events.with_lag(Lag::Skip).with_after_gap(AfterGap::Live);
    let served = serve(&server, &journal, live);
    let (mut visit, _) = stalled(&server, &mut journal, served).await;
    let head = journal.head();
    visit.until_id(&head).await;
    let last = large(&mut journal);
    let seen = &visit.until_id(&last).await.events;
    Journal::check(&journal.all(&["a"]), seen);
    let [.., gap, event] = &seen[..] else { panic!("it has got {} events", seen.len()) };
    check_gap(gap, "trimmed", &["a"], "live");
    assert_eq!(gap.id, head.as_str());
    assert_eq!(event.id, last);
}

async fn reader_that_stalls_has_ended_since_it_lagged(server: Server) {
    let recorder = PrometheusBuilder::new().build_recorder();
    let (streams, mut journal) =
        metrics::with_local_recorder(&recorder, || (Streams::new(), journal()));
    let hub = journal.hub.clone();
    let path = server.telling(admitted(&streams, move || {
        Sse::new(hub.subscribe(["a"]).expect("a name").telling_lag().boxed())
    }));
    let (stalled, _) = stalled(&server, &mut journal, (streams.clone(), path)).await;
    stalled.rest().await;
    within("the drop of the body", streams.drain(Duration::MAX)).await;
    assert_eq!(streams.stats().ended(Reason::Lagged), 1);
    let scraped = recorder.handle().render();
    for line in [
        "sse_streams_ended_total{reason=\"lagged\"} 1",
        "sse_hub_lagged_total{policy=\"disconnect\"} 1",
    ] {
        assert!(scraped.lines().any(|other| other == line), "{line}: {scraped}");
    }
}
