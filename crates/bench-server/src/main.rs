//! The server that a load generator measures: `bench-server FRAMEWORK PORT`.
//!
//! The endpoints are alike in every framework: `GET /sub`,
//! `GET /start?rate&count&size`, `POST /pub`, `GET /firehose?n&size&nl`, `GET /idle` and
//! `GET /stats`. `WORKERS` sets the number of worker threads, which is one by default.

mod bench;
mod host;
mod message;
mod query;
mod setup;

use std::env;
use std::error::Error;

use crate::bench::Bench;
use crate::setup::{listen, raise_nofile, runtime, workers};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [framework, port] = args.as_slice() else {
        return Err("usage: bench-server axum|axum-http1|actix-web|warp|hyper PORT".into());
    };
    let port = port.parse()?;
    let workers = workers()?;
    raise_nofile()?;

    // TCP_NODELAY is as the framework's own server has it in its documentation.
    let bench = Bench::new();
    match framework.as_str() {
        "actix-web" => actix_web::rt::System::new().block_on(async {
            host::actix_web::serve(bench, listen(port, false)?, workers).await
        })?,
        "axum" => runtime(workers)?
            .block_on(async { host::axum::serve(bench, listen(port, true)?).await })?,
        "axum-http1" => runtime(workers)?
            .block_on(async { host::axum::serve_http1(bench, listen(port, true)?).await })?,
        "hyper" => runtime(workers)?
            .block_on(async { host::hyper::serve(bench, listen(port, true)?).await })?,
        "warp" => runtime(workers)?
            .block_on(async { host::warp::serve(bench, listen(port, false)?).await })?,
        other => return Err(format!("no such framework: {other}").into()),
    }
    Ok(())
}
