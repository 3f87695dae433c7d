//! The log, as axum's own SSE serves it.

use std::convert::Infallible;

use axum::Router;
use axum::http::HeaderMap;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::{Stream, StreamExt, stream};
use servers::{Entry, RETRY, address, log};
use tokio::net::TcpListener;

async fn events(headers: HeaderMap) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let last = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let head = stream::iter([Event::default().retry(RETRY)]);
    Sse::new(head.chain(log(last).map(event)).map(Ok)).keep_alive(KeepAlive::default())
}

fn event(entry: Entry) -> Event {
    let event = Event::default().id(entry.0.to_string()).data(entry.text());
    match entry.name() {
        Some(name) => event.event(name),
        None => event,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/events", get(events));
    axum::serve(TcpListener::bind(address()).await?, app).await
}
