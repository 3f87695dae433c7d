//! The demo on axum: `cargo run -p example-axum`.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::response::Html;
use axum::routing::{get, post};
use example_app::{Demo, PAGE, Setup, StartError};
use tower::util::option_layer;
use tower_http::cors::CorsLayer;

#[tokio::main]
async fn main() -> Result<(), StartError> {
    let setup = Setup::from_env()?;
    let (demo, background) = Demo::open("axum", &setup).await?;
    tokio::spawn(background);

    let cors = setup.cors_origin.clone().map(|origin| {
        CorsLayer::new()
            .allow_origin(HeaderValue::from(origin))
            .allow_credentials(true)
            .allow_methods([Method::GET, Method::POST])
            .allow_headers([header::CONTENT_TYPE, HeaderName::from_static("last-event-id")])
    });
    let routes = routes(demo.clone()).layer(option_layer(cors));

    let listener = setup.listen("http").await?;
    // With `tower_sse_serve::serve(listener, routes)`, a stream costs far less.
    demo.serve(axum::serve(listener, routes.into_make_service())).await;
    Ok(())
}

fn routes(demo: Demo) -> Router {
    let metrics = demo.clone();
    Router::new()
        .route("/", get(async || Html(PAGE)))
        .route("/metrics", get(async move || metrics.metrics()))
        .route_service("/events", demo.events())
        .route("/wall", post(move |body: Body| demo.post(body.into_data_stream())))
}

#[cfg(test)]
mod tests;
