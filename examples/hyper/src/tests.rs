//! What the routes answer, without a socket, on a clock that is paused: a wait takes no time.

use std::time::Duration;

use tower_sse_client::testing;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_posted_text_reaches_an_open_stream_under_its_id() {
    let demo = Demo::new("hyper");
    let request = Request::get("/events").body(String::new()).expect("a request");
    let mut events = testing::events(route(demo.clone(), request).await.expect("an answer"));
    assert!(events.next().await.retry().is_some());
    assert!(events.next().await.data().expect("data").contains("hyper"));
    assert_eq!(events.next().await.event_type(), "wall");
    assert!(events.next().await.id().is_some(), "a place is told when nothing else is");
    assert_eq!(events.comment().await, "", "the connection is kept alive");
    events.quiet(Duration::from_secs(3600)).await;

    let request = Request::post("/wall").body(String::from("hello")).expect("a request");
    let posted = route(demo.clone(), request).await.expect("an answer");
    assert_eq!(posted.status(), 201);
    let id = posted.into_body().collect().await.expect("a body").to_bytes();

    let event = events.next().await;
    assert_eq!(event.event_type(), "post");
    assert_eq!(event.id().expect("an id").as_str(), id);
    assert!(event.data().expect("data").contains("hello"));
}
