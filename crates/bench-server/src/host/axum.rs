//! The endpoints on axum.

use std::io;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tower_sse_axum::Sse;

use crate::bench::{self, Bench};

pub(crate) async fn serve(bench: Bench, listener: TcpListener) -> io::Result<()> {
    let app = Router::new()
        .route("/sub", get(async |State(bench): State<Bench>| Sse::from(bench.sub())))
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
        .with_state(bench);
    axum::serve(listener, app).await
}
