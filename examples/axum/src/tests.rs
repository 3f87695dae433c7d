//! What the routes answer, without a socket, on a clock that is paused: a wait takes no time.

use std::time::Duration;

use axum::body::to_bytes;
use axum::http::Request;
use axum::response::Response;
use tower::ServiceExt;
use tower_sse_client::testing;

use super::*;

async fn ask(routes: &Router, request: Request<String>) -> Response {
    routes.clone().oneshot(request.map(Body::from)).await.expect("a router is infallible")
}

#[tokio::test(start_paused = true)]
async fn a_posted_text_reaches_an_open_stream_under_its_id() {
    let routes = routes(Demo::new("axum"));
    let request = Request::get("/events").body(String::new()).expect("a request");
    let mut events = testing::events(ask(&routes, request).await);
    assert!(events.next().await.retry().is_some());
    assert!(events.next().await.data().expect("data").contains("axum"));
    assert_eq!(events.next().await.event_type(), "wall");
    assert!(events.next().await.id().is_some(), "a place is told when nothing else is");
    assert_eq!(events.comment().await, "", "the connection is kept alive");
    events.quiet(Duration::from_secs(3600)).await;

    let request = Request::post("/wall").body("hello".into()).expect("a request");
    let posted = ask(&routes, request).await;
    assert_eq!(posted.status(), 201);
    let id = to_bytes(posted.into_body(), 100).await.expect("a body");

    let event = events.next().await;
    assert_eq!(event.event_type(), "post");
    assert_eq!(event.id().expect("an id").as_str(), id);
    assert!(event.data().expect("data").contains("hello"));
}
