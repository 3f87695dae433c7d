//! The same axum `Router`, by `tower_sse_serve::serve`.

use std::future::IntoFuture;
use std::net::TcpListener;

use super::{Stop, axum, run, tokio_listener};
use crate::scenarios::Stage;

pub(super) fn serve(listener: TcpListener, stage: Stage, stop: Stop) {
    let app = axum::app(&stage);
    run(stop, || tower_sse_serve::serve(tokio_listener(listener), app).with_http2().into_future());
}
