//! The demo on actix-web: `cargo run -p example-actix-web`.

use std::future::ready;

use actix_cors::Cors;
use actix_web::web::{Html, Payload, get, post};
use actix_web::{App, HttpServer, http::StatusCode};
use example_app::{Demo, PAGE, Setup, StartError};

#[tokio::main]
async fn main() -> Result<(), StartError> {
    let setup = Setup::from_env()?;
    let (demo, background) = Demo::open("actix-web", &setup).await?;
    tokio::spawn(background);
    let origin = setup.cors_origin.clone();
    let served = demo.clone();
    let routes = move || {
        let (demo, metrics) = (served.clone(), served.clone());
        let cors = origin.iter().fold(Cors::default(), |cors, origin| {
            cors.allowed_origin(origin.as_str())
                .supports_credentials()
                .allowed_methods(["GET", "POST"])
                .allowed_headers(["content-type", "last-event-id"])
        });
        App::new()
            .wrap(cors)
            .route("/", get().to(async || Html::new(PAGE)))
            .route("/metrics", get().to(move || ready(metrics.metrics())))
            .route("/events", tower_sse_actix_web::mount(demo.events()))
            .route("/wall", post().to(move |text| wall(demo.clone(), text)))
    };

    let listener = setup.listen("http").await?.into_std()?;
    let server = HttpServer::new(routes).disable_signals();
    demo.serve(server.listen(listener)?.run()).await.transpose()?;
    Ok(())
}

async fn wall(demo: Demo, text: Payload) -> (String, StatusCode) {
    let (head, text) = demo.post(text).await.into_parts();
    let status = StatusCode::from_u16(head.status.as_u16());
    (text, status.expect("http has one set of codes"))
}
