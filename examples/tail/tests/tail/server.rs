//! A server whose answers are written down before.

use std::collections::VecDeque;
use std::iter::repeat;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use tokio::net::TcpListener;
use tokio::task::yield_now;
use tokio_stream::{StreamExt, iter, pending};
use tower_sse_axum::{Event, EventId, EventName, Sse};

/// A server. It ends with the runtime of its test.
pub(crate) struct Server {
    pub(crate) url: String,
    script: Arc<Mutex<Script>>,
}

/// What was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

#[derive(Default)]
struct Script {
    answers: VecDeque<Response>,
    asked: Vec<Asked>,
}

impl Server {
    /// A server that gives these answers, one to each request, and then 204: there is no more.
    pub(crate) async fn start(answers: impl IntoIterator<Item = Response>) -> Self {
        let answers = answers.into_iter().collect();
        let script = Arc::new(Mutex::new(Script { answers, asked: Vec::new() }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("some port is free");
        let url = format!("http://{}/", listener.local_addr().expect("it is bound"));
        let routes = Router::new().fallback(answer).with_state(script.clone());
        tokio::spawn(async { axum::serve(listener, routes).await });
        Self { url, script }
    }

    /// All that was asked for.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.script.lock().unwrap_or_else(PoisonError::into_inner).asked.clone()
    }
}

async fn answer(State(script): State<Arc<Mutex<Script>>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("requests are sent whole");
    let mut script = script.lock().unwrap_or_else(PoisonError::into_inner);
    script.asked.push(Asked { method: head.method, headers: head.headers, body });
    script.answers.pop_front().unwrap_or_else(|| StatusCode::NO_CONTENT.into_response())
}

/// A response with these events, which then ends.
pub(crate) fn ended(events: impl IntoIterator<Item = Event>) -> Response {
    Sse::new(iter(events.into_iter().collect::<Vec<_>>())).into_response()
}

/// A response with these events, which then stays open.
pub(crate) fn open(events: impl IntoIterator<Item = Event>) -> Response {
    let events = iter(events.into_iter().collect::<Vec<_>>()).chain(pending());
    Sse::new(events).into_response()
}

/// A response with this event again and again, as fast as the reader is.
pub(crate) fn endless(event: Event) -> Response {
    Sse::new(iter(repeat(event))).into_response()
}

/// A response with this text, which then breaks off.
pub(crate) fn cut(text: &'static str) -> Response {
    let text = iter([Ok(text), Err("cut")]).then(|part| async move {
        // What is there is only sent while there is nothing more.
        yield_now().await;
        part
    });
    ([("content-type", "text/event-stream")], Body::from_stream(text)).into_response()
}

/// An event with this name, id and data.
pub(crate) fn event(name: &'static str, id: u64, data: &str) -> Event {
    Event::new(data).with_name(EventName::from_static(name)).with_id(EventId::from(id))
}
