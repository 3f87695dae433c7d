//! The endpoints on axum.

use std::io;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::routing::{get, post};
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower_sse_axum::Sse;
use tower_sse_hub::Subscription;

use crate::bench::{self, Bench};

/// As axum's users serve, with the router made ready once and not for each connection.
pub(crate) async fn serve(bench: Bench, listener: TcpListener) -> io::Result<()> {
    axum::serve(listener, app(bench).into_make_service()).await
}

/// The same router on hyper's HTTP/1.1 server.
pub(crate) async fn serve_http1(bench: Bench, listener: TcpListener) -> io::Result<()> {
    let app = app(bench);
    loop {
        let socket = TokioIo::new(listener.accept().await?.0);
        let service = TowerToHyperService::new(app.clone());
        tokio::spawn(http1::Builder::new().serve_connection(socket, service));
    }
}

async fn sub(
    State(bench): State<Bench>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Sse<Subscription> {
    Sse::from(bench.sub(&headers, &query.unwrap_or_default()))
}

/// What is served, whatever serves it.
pub(crate) fn app(bench: Bench) -> Router {
    Router::new()
        .route("/sub", get(sub))
        .route(
            "/firehose",
            get(async |RawQuery(query)| Sse::from(bench::firehose(&query.unwrap_or_default()))),
        )
        .route("/idle", get(async || Sse::from(bench::idle())))
        .route(
            "/start",
            get(async |State(bench): State<Bench>, RawQuery(query)| {
                bench.start(&query.unwrap_or_default());
            }),
        )
        .route("/pub", post(async |State(bench): State<Bench>, text| bench.publish(text)))
        .route("/stats", get(async |State(bench): State<Bench>| bench.stats()))
        .route_service("/held", bench.held())
        .with_state(bench)
}
