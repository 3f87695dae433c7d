//! The service that the harness talks to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::rejection::JsonRejection;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{StatusCode, header::LOCATION};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use hyper_util::{client::legacy::Client, rt::TokioExecutor};
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::callbacks::{Callbacks, HttpClient};
use crate::params::{Command, Params};
use crate::stream::Stream;

/// What the harness may test. `event-type-listeners` says that it will announce the types that it
/// sends, which we take note of and do not need.
const CAPABILITIES: [&str; 10] = [
    "bom",
    "comments",
    "event-type-listeners",
    "headers",
    "last-event-id",
    "post",
    "read-timeout",
    "report",
    "restart",
    "server-directed-shutdown-request",
];

/// The service. A clone is another handle to the same one.
#[derive(Clone)]
pub(crate) struct Service(Arc<Shared>);

struct Shared {
    client: HttpClient,
    streams: Mutex<Streams>,
    end: Notify,
}

#[derive(Default)]
struct Streams {
    created: u64,
    open: HashMap<u64, Stream>,
}

type JsonOf<T> = Result<Json<T>, JsonRejection>;

impl Service {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Shared {
            client: Client::builder(TokioExecutor::new()).build_http(),
            streams: Mutex::default(),
            end: Notify::new(),
        }))
    }

    pub(crate) fn routes(&self) -> Router {
        Router::new()
            .route("/", get(status).post(create).delete(end))
            .route("/streams/{id}", post(command).delete(close))
            .layer(DefaultBodyLimit::disable())
            .with_state(self.clone())
    }

    /// Waits until the harness asks for the end.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + use<> {
        let Self(shared) = self.clone();
        async move { shared.end.notified().await }
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.0.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn status() -> Json<Value> {
    Json(json!({ "name": "tower-sse-client", "capabilities": CAPABILITIES }))
}

async fn create(State(service): State<Service>, params: JsonOf<Params>) -> impl IntoResponse {
    let bad = |reason: String| (StatusCode::BAD_REQUEST, reason);
    let Json(params) = params.map_err(|error| bad(error.body_text()))?;
    let client = service.0.client.clone();
    let (source, url) =
        params.into_source(client.clone()).map_err(|error| bad(error.to_string()))?;
    let stream = Stream::start(source, Callbacks::new(client, url));

    let mut streams = service.streams();
    streams.created += 1;
    let id = streams.created;
    streams.open.insert(id, stream);
    Ok::<_, (StatusCode, String)>((StatusCode::CREATED, [(LOCATION, format!("/streams/{id}"))]))
}

async fn command(
    State(service): State<Service>,
    Path(id): Path<u64>,
    command: JsonOf<Command>,
) -> StatusCode {
    let streams = service.streams();
    let Some(stream) = streams.open.get(&id) else {
        return StatusCode::NOT_FOUND;
    };
    match command {
        Ok(Json(Command::Restart)) => stream.restart(),
        Ok(Json(Command::Listen)) => {}
        Err(_) => return StatusCode::BAD_REQUEST,
    }
    StatusCode::NO_CONTENT
}

async fn close(State(service): State<Service>, Path(id): Path<u64>) -> StatusCode {
    let closed = service.streams().open.remove(&id);
    if closed.is_some() { StatusCode::NO_CONTENT } else { StatusCode::NOT_FOUND }
}

async fn end(State(service): State<Service>) -> StatusCode {
    service.0.end.notify_one();
    StatusCode::NO_CONTENT
}
