//! The endpoints on axum, by `tower_sse_serve`.

use std::future::IntoFuture;
use std::io;

use tokio::net::TcpListener;

use super::axum::app;
use crate::bench::Bench;

pub(crate) async fn serve(bench: Bench, listener: TcpListener) -> io::Result<()> {
    tower_sse_serve::serve(listener, app(bench)).into_future().await
}
