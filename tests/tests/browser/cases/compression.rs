//! A topic that is compressed once for all, as the browser's own `EventSource` reads it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::HeaderMap;
use axum::response::Html;
use axum::routing::get;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rcgen::CertifiedKey;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::time::sleep;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tower_sse::{Compression, Encoding, KeepAlive, Sse};
use tower_sse_hub::{Event, Hub};

use crate::page::Page;
use crate::stage::Stage;

// The example does not matter: once for each protocol is enough.
super::cases! {
    |place| place.framework == "axum" || place.tls => [an_event_source_reads_what_is_shared],
}

const PAGE: &str = "<!doctype html><title>Events</title><script>
    seen = [];
    const source = new EventSource('/events');
    source.onmessage = (event) => seen.push(event.data);
    source.onerror = () => seen.push('error');
</script>";

/// The protocol of the page, and so of its connection: a stream is in no list before it has ended.
const PROTOCOL: &str = "
    const [navigation] = performance.getEntriesByType('navigation');
    return navigation.nextHopProtocol;";

const LIMIT: Duration = Duration::from_secs(10);

async fn an_event_source_reads_what_is_shared(stage: &Stage) {
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        let hub = Hub::new();
        let origin = serve(&hub, encoding, stage.place.tls).await;
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
            let protocol: String = page.run(PROTOCOL, Value::Null).await;
            assert_eq!(protocol, if stage.place.tls { "h2" } else { "http/1.1" });
        }
    }
}

async fn serve(hub: &Hub, encoding: Encoding, is_h2: bool) -> String {
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
    if is_h2 {
        tokio::spawn(serve_tls(listener, app));
        return format!("https://{address}/");
    }
    tokio::spawn(axum::serve(listener, app).into_future());
    format!("http://{address}/")
}

/// Serves over TLS, and HTTP/2, with a certificate that nobody vouches for.
async fn serve_tls(listener: TcpListener, app: Router) {
    let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
    let CertifiedKey { cert, signing_key } = signed.expect("it can be made");
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("it is PKCS #8");
    let config = ServerConfig::builder().with_no_client_auth();
    let config = config.with_single_cert(vec![cert.der().clone()], key);
    let mut config = config.expect("the key is that of the certificate");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    while let Ok((socket, _)) = listener.accept().await {
        let (acceptor, service) = (acceptor.clone(), TowerToHyperService::new(app.clone()));
        tokio::spawn(async move {
            let connection = TokioIo::new(acceptor.accept(socket).await?);
            Builder::new(TokioExecutor::new()).serve_connection(connection, service).await
        });
    }
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
