use std::collections::BTreeSet;

use futures_util::{FutureExt, stream};
use http::Request;
use http_body_util::BodyExt;
use metrics_exporter_prometheus::PrometheusBuilder;

use super::*;
use crate::{Event, Sse, Streams};

/// What a scrape says of a registry to which all of this has happened.
fn scrape() -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let streams = metrics::with_local_recorder(&recorder, || {
        Streams::builder().with_max_open(2).with_key(|_| Some("never a label")).build()
    });
    let request = Request::new(()).into_parts().0;
    let permit = streams.admit(&request).expect("there is room");
    let _held = streams.admit(&request).expect("there is room");
    assert!(streams.admit(&request).is_err());
    let events = stream::iter([Event::new("a"), Event::new("b")]);
    let body = Sse::new(events).with_permit(permit).into_body();
    assert!(body.collect().now_or_never().is_some_and(|body| body.is_ok()));
    recorder.handle().render()
}

#[test]
fn what_is_exported_is_what_is_said() {
    let text = scrape();
    let exported = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    assert_eq!(exported.collect::<BTreeSet<_>>(), METRICS.map(|(name, _)| name).into());
    for (name, help) in METRICS {
        assert!(text.contains(&format!("# HELP {name} {help}")), "{name}: {text}");
    }
}

#[test]
fn every_metric_says_what_has_happened() {
    let text = scrape();
    for line in [
        "sse_streams_open 1",
        "sse_streams_opened_total 2",
        "sse_streams_ended_total{reason=\"finished\"} 1",
        "sse_streams_ended_total{reason=\"drained\"} 0",
        "sse_streams_refused_total{cause=\"full\"} 1",
        "sse_events_sent_total 2",
        "sse_bytes_sent_total 18",
        "sse_first_byte_seconds_count 1",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
    assert!(!text.contains("never a label"), "a key has no bound");
}
