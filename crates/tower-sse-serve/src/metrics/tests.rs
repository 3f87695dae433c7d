use std::collections::BTreeSet;

use metrics_exporter_prometheus::PrometheusBuilder;

use super::*;
use crate::Takeovers;

/// What a scrape says of a server to which all of this has happened.
fn scrape() -> String {
    let recorder = PrometheusBuilder::new().build_recorder();
    let takeovers = metrics::with_local_recorder(&recorder, Takeovers::default);
    for _ in 0..3 {
        takeovers.opened();
    }
    takeovers.closed();
    takeovers.keep(Kept::Version);
    takeovers.share(5);
    takeovers.share(2);
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
        "sse_serve_open 2",
        "sse_serve_taken_over_total 3",
        "sse_serve_kept_total{reason=\"version\"} 1",
        "sse_serve_kept_total{reason=\"request\"} 0",
        "sse_serve_kept_total{reason=\"head\"} 0",
        "sse_serve_shared_total 7",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
}
