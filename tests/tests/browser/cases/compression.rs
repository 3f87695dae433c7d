//! A topic that is compressed once for all, as the browser's own `EventSource` reads it.

use std::time::{Duration, Instant};

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Html;
use axum::routing::get;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tower_sse::{Compression, Encoding, KeepAlive, Sse};
use tower_sse_hub::{Event, Hub};

use crate::page::Page;
use crate::stage::Stage;

// The example does not matter: once is enough.
super::cases! {
    |place| place.framework == "axum" => [an_event_source_reads_what_is_shared],
}

const PAGE: &str = "<!doctype html><title>Events</title><script>
    seen = [];
    const source = new EventSource('/events');
    source.onmessage = (event) => seen.push(event.data);
    source.onerror = () => seen.push('error');
</script>";

const LIMIT: Duration = Duration::from_secs(10);

async fn an_event_source_reads_what_is_shared(stage: &Stage) {
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        let hub = Hub::new();
        let origin = serve(&hub, encoding).await;
        let mut pages: Vec<(Page<'_>, usize)> = Vec::new();
        // Across two keyframes, with pages that come in between and with keep-alives.
        for n in 0..120 {
            if n % 45 == 5 {
                pages.push((stage.open(&origin).await, n));
                until(|| async { hub.subscribers("topic") == pages.len() }).await;
            }
            hub.publish_now("topic", Event::new(format!("number {n}"))).expect("it is published");
            // One by one: each is there before the next is published.
            for (page, first) in &pages {
                until(|| async { seen(page).await.len() == n + 1 - first }).await;
            }
        }
        for (page, first) in &pages {
            let expected: Vec<_> = (*first..120).map(|n| format!("number {n}")).collect();
            assert_eq!(seen(page).await, expected, "{encoding:?}");
        }
    }
}

async fn serve(hub: &Hub, encoding: Encoding) -> String {
    let hub = hub.clone();
    let events = move |headers: HeaderMap| {
        let events = Sse::new(hub.subscribe(["topic"]).expect("a short name"))
            .with_keep_alive(KeepAlive::every(Duration::from_millis(300)))
            .with_compression(&Compression::new([encoding]), &headers);
        let response = events.into_response();
        // A browser that does not ask for it would prove nothing.
        assert_eq!(response.headers()["content-encoding"], encoding.as_str());
        std::future::ready(response.map(axum::body::Body::new))
    };
    let app = Router::new().route("/", get(async || Html(PAGE))).route("/events", get(events));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("some port is free");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(axum::serve(listener, app).into_future());
    format!("http://{address}/")
}

async fn seen(page: &Page<'_>) -> Vec<String> {
    page.run("return seen;", Value::Null).await
}

async fn until<F: Future<Output = bool>>(mut is_so: impl FnMut() -> F) {
    let start = Instant::now();
    while !is_so().await {
        assert!(start.elapsed() < LIMIT, "it is not so for {LIMIT:?}");
        sleep(Duration::from_millis(5)).await;
    }
}
