//! warp, by `warp::serve`.

use std::net::TcpListener;

use tower_sse::Item;
use tower_sse_warp::{Sse, head, last_event_id, mount};
use warp::{Filter, Rejection, Reply};

use super::{Stop, run, tokio_listener};
use crate::scenarios::{Asked, Scenarios, Stage};

pub(super) fn serve(listener: TcpListener, stage: Stage, stop: Stop) {
    let events = warp::path("events").and(routes(&stage.events));
    let encoded = warp::path("encoded").and(routes(&stage.encoded));
    let telling = warp::path("telling").and(routes(&stage.telling));
    let all = events.or(encoded).or(telling);
    run(stop, || warp::serve(all).incoming(tokio_listener(listener)).run());
}

fn routes<I: Item + Send + 'static>(
    scenarios: &Scenarios<I>,
) -> impl Filter<Extract = (impl Reply + use<I>,), Error = Rejection> + Clone + use<I> {
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
