//! Over TLS a browser takes HTTP/2, where a stream needs no connection of its own.

use serde_json::Value;

use crate::stage::Stage;

super::cases! {
    |place| place.tls => [more_tabs_are_live_than_http1_has_connections],
}

async fn more_tabs_are_live_than_http1_has_connections(stage: &Stage) {
    // Over HTTP/1.1 a browser opens six connections to a host, and the seventh tab would wait.
    const TABS: usize = 8;

    let example = stage.example().await;
    let mut pages = Vec::new();
    for _ in 0..TABS {
        let page = stage.open(&example.origin()).await;
        page.live().await;
        pages.push(page);
    }
    pages[0].write("to all").await;
    for page in &pages {
        page.shows_posts(&["to all"]).await;
    }

    let protocols = "
        const of = (kind) => performance.getEntriesByType(kind);
        const posts = of('resource').filter((one) => one.name.endsWith('/wall'));
        return [...of('navigation'), ...posts].map((one) => one.nextHopProtocol);";
    // The page and the post: what has not ended, as the events, is in no list.
    let protocols: Vec<String> = pages[0].run(protocols, Value::Null).await;
    assert_eq!(protocols, ["h2", "h2"]);
}
