use std::collections::BTreeSet;
use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use metrics_exporter_prometheus::PrometheusBuilder;
use tokio::time::advance;

use super::*;
use crate::{Event, Hub, LastEventId, Retention, Start};

/// What a scrape says of a hub to which all of this has happened.
async fn scrape() -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let hub = metrics::with_local_recorder(&recorder, || {
        Hub::with_retention(Retention::new().with_count(2))
    });
    let publish = || hub.publish_now("never a label", Event::new("a")).expect("published");
    let subscribe = || hub.subscribe(["never a label"]).expect("a short name");
    publish();
    // It reads old ones, of which none is timed.
    advance(Duration::from_secs(60)).await;
    let mut live = subscribe().with_start(Start::Oldest);
    assert!(live.next().now_or_never().is_some());
    let id = publish();
    advance(Duration::from_secs(2)).await;
    assert!(live.next().now_or_never().is_some());
    publish();
    let mut back = subscribe().with_last_event_id(LastEventId::Id(id.clone()));
    assert!(back.next().now_or_never().is_some());
    let mut trimmed = subscribe().with_last_event_id(LastEventId::Id(id));
    (0..5).for_each(|_| drop(publish()));
    assert!(trimmed.next().now_or_never().is_some(), "a gap");
    assert!(live.next().now_or_never().is_some_and(|end| end.is_none()), "it is too slow");
    recorder.handle().render()
}

#[tokio::test(start_paused = true)]
async fn what_is_exported_is_what_is_said() {
    let text = scrape().await;
    let exported = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    assert_eq!(exported.collect::<BTreeSet<_>>(), METRICS.map(|(name, _)| name).into());
    for (name, help) in METRICS {
        assert!(text.contains(&format!("# HELP {name} {help}")), "{name}: {text}");
    }
}

#[tokio::test(start_paused = true)]
async fn every_metric_says_what_has_happened() {
    let text = scrape().await;
    for line in [
        "sse_hub_published_total 8",
        "sse_hub_resumed_total 1",
        "sse_hub_replayed_total 1",
        "sse_hub_gaps_total{reason=\"trimmed\"} 1",
        "sse_hub_gaps_total{reason=\"foreign\"} 0",
        "sse_hub_lagged_total{policy=\"disconnect\"} 1",
        "sse_hub_lagged_total{policy=\"latest\"} 0",
        "sse_hub_publish_to_write_seconds_sum 2",
        "sse_hub_publish_to_write_seconds_count 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
    assert!(!text.contains("never a label"), "a topic has no bound");
}

#[test]
fn one_read_in_so_many_is_timed_and_none_of_what_is_old() {
    let (old, live) = (Position::new(4, 0), Position::new(5, 0));
    let mut timed = Timed::default();
    timed.begin(live);
    assert!((0..100).all(|_| !timed.is_next(old)));
    let times: Vec<_> = (0..40).filter(|_| timed.is_next(live)).collect();
    assert_eq!(times.len(), 3);
    assert!(!timed.is_next(old), "another log has begun");
}
