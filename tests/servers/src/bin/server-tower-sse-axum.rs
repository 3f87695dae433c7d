//! The log, as we serve it.

use axum::Router;
use axum::routing::get;
use futures_util::{Stream, StreamExt};
use servers::{Entry, RETRY, address, log};
use tokio::net::TcpListener;
use tower_sse_axum::{Event, EventId, EventName, LastEventId, Sse};

async fn events(LastEventId(last): LastEventId) -> Sse<impl Stream<Item = Event>> {
    Sse::new(log(last.id().map(EventId::as_str)).map(event)).with_retry(RETRY)
}

fn event(entry: Entry) -> Event {
    let event = Event::new(entry.text()).with_id(entry.0.into());
    match entry.name() {
        Some(name) => event.with_name(EventName::from_static(name)),
        None => event,
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/events", get(events));
    axum::serve(TcpListener::bind(address()).await?, app.into_make_service()).await
}
