//! The endpoints on hyper, without a framework.

use std::convert::Infallible;
use std::io;

use bytes::Bytes;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::bench::{self, Bench};

type Answer = Response<BoxBody<Bytes, Infallible>>;

pub(crate) async fn serve(bench: Bench, listener: TcpListener) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        let bench = bench.clone();
        tokio::spawn(async move {
            let service = service_fn(|request| answer(&bench, request));
            // A client that goes away is an error here, and none of ours.
            let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(bench: &Bench, request: Request<Incoming>) -> Result<Answer, hyper::Error> {
    let query = request.uri().query().unwrap_or_default();
    Ok(match request.uri().path() {
        "/sub" => bench.sub(request.headers(), query).into_response().map(BoxBody::new),
        "/firehose" => bench::firehose(query).into_response().map(BoxBody::new),
        "/held" => {
            let held = bench.held().oneshot(request).await;
            held.unwrap_or_else(|never| match never {}).map(BoxBody::new)
        }
        "/idle" => bench::idle().into_response().map(BoxBody::new),
        "/start" => {
            bench.start(query);
            text("")
        }
        "/pub" => {
            let message = request.into_body().collect().await?.to_bytes();
            bench.publish(String::from_utf8_lossy(&message).into_owned());
            text("")
        }
        "/stats" => text(bench.stats()),
        _ => {
            let mut answer = text("");
            *answer.status_mut() = StatusCode::NOT_FOUND;
            answer
        }
    })
}

fn text(text: impl Into<Bytes>) -> Answer {
    Response::new(Full::new(text.into()).boxed())
}
