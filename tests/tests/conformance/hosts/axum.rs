//! axum, by `axum::serve`.

use std::net::{SocketAddr, TcpListener};

use axum::Router;
use axum::extract::{Path, RawQuery};
use axum::http::request::Parts;
use axum::routing::get;
use futures_util::Stream;
use tower_sse::Item;
use tower_sse_axum::{LastEventId, Sse};

use super::{Stop, run, tokio_listener};
use crate::scenarios::{Asked, Scenarios, Stage};

pub(super) fn serve(listener: TcpListener, stage: Stage, stop: Stop) {
    let app = app(&stage).into_make_service_with_connect_info::<SocketAddr>();
    run(stop, || axum::serve(tokio_listener(listener), app).into_future());
}

/// What is served, whatever serves it.
pub(super) fn app(stage: &Stage) -> Router {
    Router::new()
        .nest("/events", routes(&stage.events))
        .nest("/encoded", routes(&stage.encoded))
        .nest("/telling", routes(&stage.telling))
        .nest("/hub", routes(&stage.hub))
}

fn routes<S: Stream<Item: Item> + Send + 'static>(scenarios: &Scenarios<S>) -> Router {
    let native = scenarios.clone();
    let native = async move |Path(name): Path<String>,
                             LastEventId(last_event_id): LastEventId,
                             RawQuery(query): RawQuery,
                             head: Parts| {
        let asked = Asked { last_event_id, query: query.unwrap_or_default(), head };
        Sse::from(native.answer(&name, asked))
    };
    Router::new()
        .route("/native/{name}", get(native))
        .route_service("/mount/{name}", scenarios.mount())
        .route_service("/strict/{name}", scenarios.mount().check_accept())
        .route_service("/layer/{name}", scenarios.layer())
}
