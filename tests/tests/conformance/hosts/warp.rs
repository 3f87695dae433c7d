//! warp, by `warp::serve`.

use std::net::TcpListener;

use futures_util::Stream;
use tower_sse::Item;
use tower_sse_warp::{Sse, head, last_event_id, mount};
use warp::{Filter, Rejection, Reply};

use super::{Stop, run, tokio_listener};
use crate::scenarios::{Asked, Scenarios, Stage};

pub(super) fn serve(listener: TcpListener, stage: Stage, stop: Stop) {
    let app = app(&stage);
    run(stop, || warp::serve(app).incoming(tokio_listener(listener)).run());
}

/// What is served, whatever serves it.
pub(super) fn app(
    stage: &Stage,
) -> impl Filter<Extract = (impl Reply + use<>,), Error = Rejection> + Clone + use<> {
    let events = warp::path("events").and(routes(&stage.events));
    let encoded = warp::path("encoded").and(routes(&stage.encoded));
    let telling = warp::path("telling").and(routes(&stage.telling));
    let hub = warp::path("hub").and(routes(&stage.hub));
    events.or(encoded).or(telling).or(hub)
}

fn routes<S: Stream<Item: Item> + Send + 'static>(
    scenarios: &Scenarios<S>,
) -> impl Filter<Extract = (impl Reply + use<S>,), Error = Rejection> + Clone + use<S> {
    let native = scenarios.clone();
    let native = warp::path!("native" / String)
        .and(warp::get())
        .and(last_event_id())
        .and(warp::query::raw().or(warp::any().map(String::new)).unify())
        .and(head())
        .map(move |name: String, last_event_id, query, head| {
            Sse::from(native.answer(&name, Asked { last_event_id, query, head }))
        });
    let below =
        |route| warp::path(route).and(warp::path::param::<String>()).map(drop).untuple_one();
    native
        .or(below("mount").and(mount(scenarios.mount())))
        .or(below("strict").and(mount(scenarios.mount().check_accept())))
        .or(below("layer").and(mount(scenarios.layer())))
}
