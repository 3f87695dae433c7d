//! The client as a test service of LaunchDarkly's SSE contract tests.
//!
//! `contract-service --port 8000`, and then `sse-contract-tests --url http://127.0.0.1:8000`. It
//! speaks what `docs/service_spec.md` of <https://github.com/launchdarkly/sse-contract-tests> says.

mod callbacks;
mod params;
mod service;
mod stream;

use std::error::Error;
use std::net::Ipv4Addr;
use std::process::ExitCode;

use lexopt::prelude::*;
use tokio::net::TcpListener;

use crate::service::Service;

const USAGE: &str = "usage: contract-service [--port N]   (8000; 0 is any that is free)";

#[tokio::main]
async fn main() -> Result<ExitCode, Box<dyn Error>> {
    let port = match port() {
        Ok(port) => port,
        Err(error) => {
            eprintln!("contract-service: {error}\n{USAGE}");
            return Ok(ExitCode::from(2));
        }
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);

    let service = Service::new();
    axum::serve(listener, service.routes()).with_graceful_shutdown(service.ended()).await?;
    Ok(ExitCode::SUCCESS)
}

fn port() -> Result<u16, lexopt::Error> {
    let mut args = lexopt::Parser::from_env();
    let mut port = 8000;
    while let Some(arg) = args.next()? {
        match arg {
            Long("port") => port = args.value()?.parse()?,
            arg => return Err(arg.unexpected()),
        }
    }
    Ok(port)
}
