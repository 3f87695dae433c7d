#![doc = include_str!("../README.md")]

mod answer;
mod asked;
mod completion;
mod completions;
mod markov;
mod refusal;
mod routes;

use std::env;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::time::Duration;

use axum::serve::ListenerExt;
use example_app::asked_to_stop;
use tokio::net::TcpListener;

use crate::completions::Completions;
use crate::routes::routes;

/// As long as the longest completion takes, and a little more.
const DRAIN: Duration = Duration::from_secs(15);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let addr = var("ADDR", IpAddr::V4(Ipv4Addr::LOCALHOST))?;
    let port: u16 = var("PORT", 3000)?;
    let token_ms: u16 = var("TOKEN_MS", 20)?;
    let completions = Completions::new(Duration::from_millis(token_ms.into()));
    let routes = routes(completions.clone());

    let listener = TcpListener::bind((addr, port)).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let listener = listener.tap_io(|socket| {
        // A token must not wait for the receipt of the one before. A socket that is gone says so
        // when it is read.
        let _ = socket.set_nodelay(true);
    });
    tokio::select! {
        output = axum::serve(listener, routes.into_make_service()) => output?,
        () = async { asked_to_stop().await; completions.drain(DRAIN).await } => {}
    }
    Ok(())
}

/// What the environment says, or else this.
fn var<T: FromStr>(name: &str, default: T) -> Result<T, String> {
    let Some(text) = env::var_os(name) else { return Ok(default) };
    let value = text.to_str().and_then(|text| text.parse().ok());
    value.ok_or_else(|| format!("{name} cannot be {text:?}"))
}
