//! The demo on warp: `cargo run -p example-warp`.

use example_app::{Demo, PAGE, Setup, StartError};
use tower_sse_warp::mount;
use warp::{Filter, Rejection, Reply, body, path, reply};

#[tokio::main]
async fn main() -> Result<(), StartError> {
    let setup = Setup::from_env()?;
    let (demo, background) = Demo::open("warp", &setup).await?;
    tokio::spawn(background);

    let routes = routes(demo.clone());

    let listener = setup.listen("http").await?;
    if let Some(origin) = &setup.cors_origin {
        // Warp refuses every origin that it is not told of, its own too.
        let own = format!("http://{}", listener.local_addr()?);
        let cors = warp::cors()
            .allow_origins([origin.as_str(), &own])
            .allow_credentials(true)
            .allow_methods(["GET", "POST"])
            .allow_headers(["content-type", "last-event-id"]);
        demo.serve(warp::serve(routes.with(cors)).incoming(listener).run()).await;
    } else {
        // With `tower_sse_serve::serve(listener, warp::service(routes))`, a stream costs far less.
        demo.serve(warp::serve(routes).incoming(listener).run()).await;
    }
    Ok(())
}

fn routes(demo: Demo) -> impl Filter<Extract = (impl Reply,), Error = Rejection> + Clone {
    let page = path::end().and(warp::get()).map(|| reply::html(PAGE));
    let counted = demo.clone();
    let metrics = path("metrics").and(path::end()).and(warp::get()).map(move || counted.metrics());
    let events = path("events").and(path::end()).and(mount(demo.events()));
    let wall = path("wall").and(path::end()).and(warp::post());
    let wall = wall.and(body::stream()).then(move |text| demo.post(text));
    page.or(metrics).or(events).or(wall)
}

#[cfg(test)]
mod tests;
