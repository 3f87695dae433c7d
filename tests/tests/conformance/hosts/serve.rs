//! The same axum `Router`, and the same warp filter, by `tower_sse_serve::serve`.

use std::convert::Infallible;
use std::future::IntoFuture;
use std::net::TcpListener;

use http::{Request, Response};
use http_body::Body;
use tower::Service;
use tower_sse_serve::RequestBody;

use super::{Stop, run, tokio_listener};
use crate::scenarios::Stage;

pub(super) fn axum(listener: TcpListener, stage: Stage, stop: Stop) {
    serve(listener, super::axum::app(&stage), stage, stop);
}

pub(super) fn warp(listener: TcpListener, stage: Stage, stop: Stop) {
    serve(listener, warp::service(super::warp::app(&stage)), stage, stop);
}

fn serve<S, B>(listener: TcpListener, service: S, stage: Stage, stop: Stop)
where
    S: Service<Request<RequestBody>, Response = Response<B>, Error = Infallible, Future: Send>,
    S: Clone + Send + 'static,
    B: Body<Data: Send, Error: Into<tower::BoxError>> + Send + 'static,
{
    run(stop, || {
        let server = tower_sse_serve::serve(tokio_listener(listener), service).with_http2();
        stage.takeovers.set(server.takeovers()).expect("a stage has one server");
        server.into_future()
    });
}
