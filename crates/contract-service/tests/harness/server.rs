//! The server of the stream, and of the callbacks.

use std::convert::Infallible;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use bytes::Bytes;
use futures_util::stream::{StreamExt, poll_fn};
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::soon;

/// A server. It ends with the runtime of its test.
pub(crate) struct Server {
    pub(crate) url: String,
    pub(crate) exchanges: UnboundedReceiver<Exchange>,
    pub(crate) callbacks: UnboundedReceiver<(u64, Value)>,
}

/// A request that waits for its answer.
pub(crate) struct Exchange {
    request: Request<Bytes>,
    answer: oneshot::Sender<Response>,
}

/// A request, and the stream that answers it. The stream ends when this is dropped.
pub(crate) struct Connection {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    chunks: UnboundedSender<Bytes>,
}

#[derive(Clone)]
struct Told {
    exchanges: UnboundedSender<Exchange>,
    callbacks: UnboundedSender<(u64, Value)>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let (tell_exchange, exchanges) = unbounded_channel();
        let (tell_callback, callbacks) = unbounded_channel();
        let routes = Router::new()
            .route("/callback/{number}", post(callback))
            .fallback(exchange)
            .layer(DefaultBodyLimit::disable())
            .with_state(Told { exchanges: tell_exchange, callbacks: tell_callback });
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("some port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        tokio::spawn(async { axum::serve(listener, routes).await });
        Self { url, exchanges, callbacks }
    }
}

impl Exchange {
    /// Answers with a status, and perhaps a location.
    pub(crate) fn refuse(self, status: u16, location: Option<&str>) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::from_u16(status).expect("tests know the statuses");
        if let Some(location) = location {
            let location = location.parse().expect("tests know the addresses");
            response.headers_mut().insert(LOCATION, location);
        }
        let _ = self.answer.send(response);
    }

    /// Answers with a stream.
    pub(crate) fn open(self) -> Connection {
        let (chunks, mut receiver) = unbounded_channel::<Bytes>();
        let body = poll_fn(move |cx| receiver.poll_recv(cx)).map(Ok::<_, Infallible>);
        let response = Response::builder()
            .header(CONTENT_TYPE, "text/event-stream; charset=utf-8")
            .body(Body::from_stream(body))
            .expect("nothing is wrong with it");
        let _ = self.answer.send(response);

        let (head, body) = self.request.into_parts();
        let path = head.uri.path().to_owned();
        Connection { method: head.method, path, headers: head.headers, body, chunks }
    }
}

impl Connection {
    pub(crate) fn send(&self, chunk: &[u8]) {
        self.chunks.send(Bytes::copy_from_slice(chunk)).expect("the client is there");
    }

    /// Waits until the client is gone.
    pub(crate) async fn closed(&self) {
        soon(self.chunks.closed()).await;
    }
}

async fn callback(State(told): State<Told>, Path(number): Path<u64>, Json(message): Json<Value>) {
    // A test that is over wants no more.
    let _ = told.callbacks.send((number, message));
}

async fn exchange(State(told): State<Told>, request: Request<Body>) -> Response {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("the service sends it whole").to_bytes();
    let (answer, answered) = oneshot::channel();
    let _ = told.exchanges.send(Exchange { request: Request::from_parts(head, body), answer });
    answered.await.unwrap_or_default()
}
