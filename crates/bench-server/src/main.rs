//! The server that a load generator measures: `bench-server FRAMEWORK PORT`.
//!
//! The endpoints are alike in every framework: `GET /sub?topic&last`,
//! `GET /start?rate&count&size&topics`, `POST /pub`, `GET /firehose?n&size&nl`, `GET /held`,
//! `GET /idle` and `GET /stats`. On SIGTERM the streams of `/held` are drained in 5 seconds.
//! `WORKERS` sets the number of worker threads, which is one by default, `SNDBUF` how many bytes
//! the kernel takes for a connection, which it chooses itself by default, and `WINDOW` for how many
//! milliseconds a stream of `/sub` rests after each frame. `COMPRESS=1` compresses `/sub` for
//! clients that ask for gzip, zstd or brotli.

mod bench;
mod host;
mod message;
mod query;
mod setup;

use std::env;
use std::error::Error;
use std::time::Duration;

use bench_server::raise_nofile;
use tower_sse::{Compression, Encoding};

use crate::bench::Bench;
use crate::setup::{listen, runtime, setting};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [framework, port] = args.as_slice() else {
        return Err("usage: bench-server axum|axum-http1|actix-web|warp|hyper|serve PORT".into());
    };
    let port = port.parse()?;
    let workers = setting("WORKERS")?.unwrap_or(1) as usize;
    let sndbuf = setting("SNDBUF")?;
    raise_nofile()?;

    // TCP_NODELAY is as the framework's own server has it in its documentation.
    let listen = |nodelay| listen(port, nodelay, sndbuf);
    let runtime = || runtime(workers);
    let encodings = [Encoding::Gzip, Encoding::Zstd, Encoding::Brotli];
    let compression =
        setting("COMPRESS")?.filter(|on| *on > 0).map(|_| Compression::new(encodings));
    let bench =
        Bench::new(Duration::from_millis(setting("WINDOW")?.unwrap_or(0).into()), compression);
    let served = bench.clone();
    match framework.as_str() {
        "actix-web" => actix_web::rt::System::new().block_on(async {
            bench.serve(host::actix_web::serve(served, listen(false)?, workers)).await
        })?,
        "axum" => runtime()?
            .block_on(async { bench.serve(host::axum::serve(served, listen(true)?)).await })?,
        "axum-http1" => runtime()?.block_on(async {
            bench.serve(host::axum::serve_http1(served, listen(true)?)).await
        })?,
        "hyper" => runtime()?
            .block_on(async { bench.serve(host::hyper::serve(served, listen(true)?)).await })?,
        "serve" => runtime()?
            .block_on(async { bench.serve(host::serve::serve(served, listen(true)?)).await })?,
        "warp" => runtime()?
            .block_on(async { bench.serve(host::warp::serve(served, listen(false)?)).await })?,
        other => return Err(format!("no such framework: {other}").into()),
    }
    Ok(())
}
