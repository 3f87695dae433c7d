//! What a route of events answers, without a socket, on a clock that is paused: a wait takes no
//! time.

use std::convert::Infallible;
use std::fmt::Debug;
use std::pin::Pin;
use std::time::Duration;

use actix_web::App;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceResponse;
use actix_web::test::{TestRequest, call_service, init_service};
use bytes::Bytes;
use example_app::Demo;
use futures_util::stream::poll_fn;
use http::Response;
use http_body::{Body, Frame};
use http_body_util::StreamBody;
use tokio_stream::StreamExt;
use tower_sse_client::testing;

#[tokio::test(start_paused = true)]
async fn a_posted_text_reaches_an_open_stream_under_its_id() {
    let demo = Demo::new("actix-web");
    let events = tower_sse_actix_web::mount(demo.events());
    let service = init_service(App::new().route("/events", events)).await;
    let request = TestRequest::get().uri("/events").to_request();
    let mut events = testing::events(response(call_service(&service, request).await));
    assert!(events.next().await.retry().is_some());
    assert!(events.next().await.data().expect("data").contains("actix-web"));
    assert_eq!(events.next().await.event_type(), "wall");
    assert!(events.next().await.id().is_some(), "a place is told when nothing else is");
    assert_eq!(events.comment().await, "", "the connection is kept alive");
    events.quiet(Duration::from_secs(3600)).await;

    let posted = demo.post(tokio_stream::once(Ok::<_, ()>(&b"hello"[..]))).await;
    let event = events.next().await;
    assert_eq!(event.event_type(), "post");
    assert_eq!(event.id().expect("an id").as_str(), posted.body());
    assert!(event.data().expect("data").contains("hello"));
}

/// What actix answers, on the `http` crate of today: its own is an older one.
fn response<B: MessageBody<Error: Debug> + Unpin>(
    response: ServiceResponse<B>,
) -> Response<impl Body<Data = Bytes, Error = Infallible>> {
    let status = response.status().as_u16();
    let content_type =
        response.headers().get("content-type").expect("a type").as_bytes().to_owned();
    let mut body = response.into_body();
    let bytes = poll_fn(move |cx| Pin::new(&mut body).poll_next(cx));
    let frames = bytes.map(|bytes| Ok(Frame::data(bytes.expect("a body that does not fail"))));
    let response = Response::builder().status(status).header("content-type", content_type);
    response.body(StreamBody::new(frames)).expect("a response")
}
