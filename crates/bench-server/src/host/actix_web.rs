//! The endpoints on actix-web.

use std::io;

use actix_web::web::{Data, get, post};
use actix_web::{App, HttpRequest, HttpServer};
use tokio::net::TcpListener;
use tower_sse_actix_web::{Head, Sse, mount};

use crate::bench::{self, Bench};

pub(crate) async fn serve(bench: Bench, listener: TcpListener, workers: usize) -> io::Result<()> {
    HttpServer::new(move || {
        App::new()
            .app_data(Data::new(bench.clone()))
            .route(
                "/sub",
                get().to(async |bench: Data<Bench>, head: Head| {
                    Sse::from(bench.sub(&head.0.headers, head.0.uri.query().unwrap_or_default()))
                }),
            )
            .route(
                "/firehose",
                get().to(async |request: HttpRequest| {
                    Sse::from(bench::firehose(request.query_string()))
                }),
            )
            .route("/idle", get().to(async || Sse::from(bench::idle())))
            .route(
                "/start",
                get().to(async |bench: Data<Bench>, request: HttpRequest| {
                    bench.start(request.query_string());
                    ""
                }),
            )
            .route(
                "/pub",
                post().to(async |bench: Data<Bench>, text| {
                    bench.publish(text);
                    ""
                }),
            )
            .route("/held", mount(bench.held()))
            .route("/stats", get().to(async |bench: Data<Bench>| bench.stats()))
    })
    .workers(workers)
    .max_connections(100_000)
    .disable_signals()
    .listen(listener.into_std()?)?
    .run()
    .await
}
