//! Plain hyper, by hyper-util's builder for both protocols.

use std::convert::Infallible;
use std::net::TcpListener;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, Stream};
use http_body_util::combinators::BoxBody;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use tower::ServiceExt as _;
use tower_sse::Item;

use super::{Stop, run, tokio_listener};
use crate::scenarios::{Scenarios, Stage};

type Answer = Response<BoxBody<Bytes, Infallible>>;

pub(super) fn serve(listener: TcpListener, stage: Stage, stop: Stop) {
    run(stop, async || {
        let listener = tokio_listener(listener);
        loop {
            let (socket, address) = listener.accept().await.expect("the listener lives");
            let stage = stage.clone();
            tokio::spawn(async move {
                let service = service_fn(|mut request: Request<Incoming>| {
                    request.extensions_mut().insert(address);
                    answer(request, stage.clone())
                });
                let connection = Builder::new(TokioExecutor::new());
                // How a connection broke is for the client to see.
                let _ = connection.serve_connection(TokioIo::new(socket), service).await;
            });
        }
    });
}

async fn answer(request: Request<Incoming>, stage: Stage) -> Result<Answer, Infallible> {
    Ok(match request.uri().path().split('/').nth(1) {
        Some("events") => route(request, stage.events).await,
        Some("encoded") => route(request, stage.encoded).await,
        Some("telling") => route(request, stage.telling).await,
        _ => route(request, stage.hub).await,
    })
}

// Boxed, since the compiler does not see that it is `Send` where the stream is a boxed one.
fn route<S: Stream<Item: Item> + Send + 'static>(
    request: Request<Incoming>,
    scenarios: Scenarios<S>,
) -> BoxFuture<'static, Answer> {
    let answer = async move {
        let answer = match request.uri().path().split('/').nth(2) {
            Some("mount") => scenarios.mount().oneshot(request).await,
            Some("strict") => scenarios.mount().check_accept().oneshot(request).await,
            Some("layer") => scenarios.layer().oneshot(request).await,
            _ => Ok(scenarios.answer_parts(request.into_parts().0).into_response()),
        };
        answer.unwrap_or_else(|never| match never {}).map(BoxBody::new)
    };
    answer.boxed()
}
