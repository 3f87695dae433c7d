//! The same axum `Router`, by `tower_sse_serve::serve`.

use std::net::TcpListener;

use tower_sse_serve::serve_each;

use super::{Stop, axum, run, tokio_listener};
use crate::scenarios::Stage;

pub(super) fn serve(listener: TcpListener, stage: Stage, stop: Stop) {
    run(stop, || {
        let app = move |peer| axum::app(&stage, peer);
        serve_each(tokio_listener(listener), app).with_http2().into_future()
    });
}
