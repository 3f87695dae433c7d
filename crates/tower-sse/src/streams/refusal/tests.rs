use http::Request;

use super::*;

fn check(method: Method, accept: Option<&str>, retry: Duration, expected: Result<u64, &str>) {
    let mut request = Request::builder().method(method).uri("/");
    if let Some(accept) = accept {
        request = request.header("accept", accept);
    }
    let (request, ()) = request.body(()).expect("a request").into_parts();
    let refused = Refused { cause: Cause::Full, request: &request, retry };
    let response = Refusal::new(Cause::Full, refused.response()).into_response();
    match expected {
        Ok(retry) => {
            let told = response.body().as_ref().expect("an event").retry();
            assert_eq!(told, Some(Duration::from_millis(retry)));
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], "text/event-stream");
            assert_eq!(response.headers()["cache-control"], "no-store, no-transform");
        }
        Err(after) => {
            assert_eq!(response.body(), &None);
            assert_eq!(response.status(), 503);
            assert_eq!(response.headers()["retry-after"], after);
            assert_eq!(response.headers()["cache-control"], "no-store");
            assert!(!response.headers().contains_key("content-type"));
        }
    }
}

#[test]
fn an_event_source_is_told_when_to_come_back_and_all_others_too() {
    let retry = Duration::from_millis(2001);
    check(Method::GET, Some("text/event-stream"), retry, Ok(2001));
    check(Method::GET, Some("*/*"), retry, Ok(2001));
    check(Method::GET, None, retry, Ok(2001));
    check(Method::GET, Some("application/json"), retry, Err("3"));
    check(Method::POST, Some("text/event-stream"), retry, Err("3"));
    check(Method::GET, Some("text/html"), Duration::ZERO, Err("0"));
    check(Method::GET, Some("text/html"), Duration::from_secs(1), Err("1"));
}

#[test]
fn headers_of_ones_own_stay() {
    let own = Response::builder().status(429).header("cache-control", "private");
    let own = own.body(Some(Event::new("busy"))).expect("a response");
    let response = Refusal::new(Cause::Rate, own).into_response();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["cache-control"], "private");
    assert_eq!(response.headers()["content-type"], "text/event-stream");
}
