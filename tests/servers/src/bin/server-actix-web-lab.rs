//! The log, as actix-web-lab's SSE serves it.

use std::time::Duration;

use actix_web::{App, HttpRequest, HttpServer, Responder, get};
use actix_web_lab::sse;
use futures_util::StreamExt;
use servers::{Entry, RETRY, address, log};

#[get("/events")]
async fn events(request: HttpRequest) -> impl Responder {
    let last = request.headers().get("Last-Event-ID").and_then(|id| id.to_str().ok());
    sse::Sse::from_infallible_stream(log(last).map(event))
        .with_keep_alive(Duration::from_secs(15))
        .with_retry_duration(RETRY)
}

fn event(entry: Entry) -> sse::Event {
    let data = sse::Data::new(entry.text()).id(entry.0.to_string());
    sse::Event::Data(match entry.name() {
        Some(name) => data.event(name),
        None => data,
    })
}

#[actix_web::main]
async fn main() -> std::io::Result<()> {
    HttpServer::new(|| App::new().service(events)).workers(1).bind(address())?.run().await
}
