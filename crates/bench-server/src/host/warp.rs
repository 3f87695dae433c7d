//! The endpoints on warp.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use tokio::net::TcpListener;
use tower_sse_warp::{Sse, mount};
use warp::header::headers_cloned;
use warp::{Filter, any, body, get, path, post};

use crate::bench::{self, Bench};

pub(crate) async fn serve(bench: Bench, listener: TcpListener) -> io::Result<()> {
    let held = path("held").and(mount(bench.held()));
    let bench = any().map(move || bench.clone());
    let sub = path("sub").and(get()).and(bench.clone()).and(headers_cloned()).and(query());
    let firehose = path("firehose").and(get()).and(query());
    let idle = path("idle").and(get());
    let start = path("start").and(get()).and(bench.clone()).and(query());
    let publish = path("pub").and(post()).and(bench.clone()).and(body::bytes());
    let stats = path("stats").and(get()).and(bench);

    let app = sub
        .map(|bench: Bench, headers, query: String| Sse::from(bench.sub(&headers, &query)))
        .or(firehose.map(|query: String| Sse::from(bench::firehose(&query))))
        .or(idle.map(|| Sse::from(bench::idle())))
        .or(start.map(|bench: Bench, query: String| {
            bench.start(&query);
            ""
        }))
        .or(publish.map(|bench: Bench, text: Bytes| {
            bench.publish(String::from_utf8_lossy(&text).into_owned());
            ""
        }))
        .or(stats.map(|bench: Bench| bench.stats()))
        .or(held);
    warp::serve(app).incoming(listener).run().await;
    Ok(())
}

fn query() -> impl Filter<Extract = (String,), Error = Infallible> + Copy {
    warp::query::raw().or(any().map(String::new)).unify()
}
