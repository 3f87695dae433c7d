//! The machine, as it changes.

use std::collections::BTreeSet;

use serde_json::Value;

use super::everywhere;
use crate::stage::Stage;

super::cases! {
    everywhere => [
        the_numbers_change_and_the_charts_draw,
        the_server_counts_what_it_says_and_says_what_it_counts,
    ],
}

async fn the_numbers_change_and_the_charts_draw(stage: &Stage) {
    let example = stage.example().await;
    let page = stage.open(&example.origin()).await;
    let first = page.live().await;
    assert_eq!(first.framework, stage.place.framework);
    assert_eq!(first.reconnects, 0);

    let changed = page.until("other numbers and longer curves", |now| {
        let curves = now.curves.iter().zip(&first.curves);
        now.numbers != first.numbers
            && curves
                .into_iter()
                .all(|(now, first)| now.width > first.width && now.path != first.path)
    });
    let changed = changed.await;
    assert!(changed.events > first.events, "{changed:#?}");
}

async fn the_server_counts_what_it_says_and_says_what_it_counts(stage: &Stage) {
    let example = stage.example().await;
    let (page, other) = (stage.open(&example.origin()).await, stage.open(&example.origin()).await);
    other.live().await;
    page.until("both are counted", |view| view.traffic == ["2", "none", "0"].map(str::to_owned))
        .await;
    other.close().await;
    let one_left = ["1", "client gone 1", "0"].map(str::to_owned);
    page.until("one is gone", |view| view.traffic == one_left).await;

    let scrape = "
        const answer = await fetch('metrics');
        return [answer.headers.get('content-type'), await answer.text()];";
    let (content_type, text): (String, String) = page.run(scrape, Value::Null).await;
    assert_eq!(content_type, "text/plain; charset=utf-8");
    let documented = tower_sse::METRICS.into_iter().chain(tower_sse_hub::METRICS);
    let exported = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    assert_eq!(
        exported.collect::<BTreeSet<_>>(),
        documented.clone().map(|(name, _)| name).collect::<BTreeSet<_>>(),
    );
    for (name, help) in documented {
        assert!(text.contains(&format!("# HELP {name} {help}\n")), "{name}: {text}");
        let has_value = |line: &str| line.starts_with(name) && !line.ends_with(' ');
        assert!(text.lines().any(has_value), "{name}: {text}");
    }
    for line in [
        "sse_streams_open 1",
        "sse_streams_opened_total 2",
        "sse_streams_ended_total{reason=\"client_gone\"} 1",
        "sse_first_byte_seconds_count 2",
    ] {
        assert!(text.lines().any(|other| other == line), "{line}: {text}");
    }
}
