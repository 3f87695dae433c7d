use futures_util::stream::{self, Empty};
use http::{Method, Response, StatusCode, header};
use http_body::Body;
use tower::{Layer, ServiceExt, service_fn as tower_fn};

use super::*;
use crate::{Answer, Event, HostGuard, Sse};

type NoEvents = Sse<Empty<Event>>;

fn request(method: Method) -> Request<()> {
    Request::builder().method(method).uri("/").body(()).expect("a request")
}

#[tokio::test]
async fn answers_get_and_head_alike_and_nothing_else() {
    let service = crate::service_fn(|_| async { NoEvents::new(stream::empty()) });
    let ask = |method| service.clone().oneshot(request(method));

    let get = ask(Method::GET).await.expect("an answer");
    let head = ask(Method::HEAD).await.expect("an answer");
    assert_eq!((get.status(), get.headers()), (head.status(), head.headers()));
    assert!(!head.body().is_end_stream(), "a known length of 0 would be sent as a header");
    assert_eq!(head.body().size_hint().exact(), None);

    for method in [Method::POST, Method::PUT, Method::OPTIONS, Method::DELETE] {
        let refused = ask(method).await.expect("an answer");
        assert_eq!(refused.status(), 405);
        assert_eq!(refused.headers()[header::ALLOW], "GET, HEAD");
        assert!(refused.body().is_end_stream());
    }
}

#[tokio::test]
async fn refuses_who_takes_no_events_when_asked_to() {
    let service = crate::service_fn(|_| async { NoEvents::new(stream::empty()) }).check_accept();
    let ask = |method, accept| {
        let request = Request::builder().method(method).header(header::ACCEPT, accept);
        service.clone().oneshot(request.body(()).expect("a request"))
    };
    assert_eq!(ask(Method::POST, "text/html").await.expect("an answer").status(), 405);
    assert_eq!(ask(Method::GET, "text/html").await.expect("an answer").status(), 406);
    assert_eq!(ask(Method::GET, "text/*").await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn refuses_who_asks_for_another_host() {
    let service = crate::service_fn(|_| async { NoEvents::new(stream::empty()) });
    let service = service.with_host_guard(HostGuard::loopback());
    for (host, status) in [("localhost:1", 200), ("rebound.example", 403)] {
        let request = Request::get("/").header(header::HOST, host).body(()).expect("a request");
        let answer = service.clone().oneshot(request).await.expect("an answer");
        assert_eq!(answer.status(), status);
    }
}

#[test]
fn an_answer_may_be_a_status_or_have_a_head_of_its_own() {
    let refused = Err::<NoEvents, _>(StatusCode::FORBIDDEN).into_response();
    assert_eq!(refused.status(), 403);
    assert!(refused.headers().is_empty());

    let redirect = Response::builder().status(307).header("location", "/there").body(());
    let redirect = Err::<NoEvents, _>(redirect.expect("a response")).into_response();
    assert_eq!(redirect.status(), 307);
    assert_eq!(redirect.headers()["location"], "/there");

    let own = Response::builder().header("cache-control", "private");
    let own = own.body(NoEvents::new(stream::empty())).expect("a response").into_response();
    assert_eq!(own.headers()["cache-control"], "private");
    assert_eq!(own.headers()["content-type"], "text/event-stream");

    let stop = NoEvents::no_content().into_response();
    assert_eq!(stop.status(), 204);
    assert_eq!(stop.headers().len(), 1);
    assert_eq!(stop.headers()["cache-control"], "no-store");
}

#[tokio::test]
async fn the_layer_lets_other_methods_through() {
    let echo = tower_fn(async |request: Request<&'static str>| {
        Ok::<_, Infallible>(Sse::new(stream::iter([Event::new(request.into_body())])))
    });
    let request = Request::post("/").body("hello").expect("a request");
    let response = SseLayer::new().layer(echo).oneshot(request).await.expect("an answer");
    let body = http_body_util::BodyExt::collect(response.into_body()).await.expect("a body");
    assert_eq!(body.to_bytes(), "data: hello\n\n");
}
