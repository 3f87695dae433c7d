//! What the routes answer, without a socket, on a clock that is paused: a wait takes no time.

use std::time::Duration;

use axum::body::to_bytes;
use axum::http::Request;
use serde_json::{Value, json};
use tokio::time::Instant;
use tower::ServiceExt;
use tower_sse_client::testing::{self, Events};
use tower_sse_hub::{Event, EventId};

use super::*;
use crate::asked::MAX_TOKENS;
use crate::completion::MODEL;
use crate::completions::{KEPT_FOR, MAX_KEPT, MAX_RUNNING};
use crate::markov::Markov;

const TOKEN: Duration = Duration::from_millis(20);
const PATH: &str = "/v1/chat/completions";

fn new() -> Router {
    routes(Completions::new(TOKEN))
}

/// A request for a text of some length, with this.
fn body(with: &Value) -> Value {
    let mut body = json!({
        "model": MODEL,
        "messages": [{ "role": "user", "content": "Tell me of the river" }],
        "seed": 3,
        "max_tokens": 40,
    });
    for (name, value) in with.as_object().expect("an object") {
        body[name] = value.clone();
    }
    body
}

async fn post(routes: &Router, body: impl Into<Body>) -> Response {
    let request = Request::post(PATH).body(body.into()).expect("a request");
    routes.clone().oneshot(request).await.expect("a router is infallible")
}

async fn stream(routes: &Router, with: &Value) -> Response {
    let mut body = body(with);
    body["stream"] = true.into();
    post(routes, body.to_string()).await
}

/// Goes on where the response of a POST says, after this id.
async fn attach(routes: &Router, path: &str, last: Option<&str>) -> Response {
    let mut request = Request::get(path);
    if let Some(last) = last {
        request = request.header("last-event-id", last);
    }
    let request = request.body(Body::empty()).expect("a request");
    routes.clone().oneshot(request).await.expect("a router is infallible")
}

fn path(response: &Response) -> String {
    response.headers()["content-location"].to_str().expect("text").to_owned()
}

fn last_id(events: &[Event]) -> Option<&str> {
    events.last()?.id().map(EventId::as_str)
}

async fn object(response: Response) -> Value {
    let bytes = to_bytes(response.into_body(), 1 << 20).await.expect("a body");
    serde_json::from_slice(&bytes).expect("JSON")
}

async fn check_refused(response: Response, status: u16) {
    assert_eq!(response.status(), status);
    assert_eq!(response.headers().contains_key("retry-after"), [429, 503].contains(&status));
    let error = &object(response).await["error"];
    assert!(error["message"].is_string() && error["type"].is_string(), "{error}");
}

fn chunk(event: &Event) -> Value {
    serde_json::from_str(event.data().expect("data")).expect("JSON")
}

/// The text of events, of which the last is `[DONE]`.
fn text(events: &[Event]) -> String {
    let (done, chunks) = events.split_last().expect("events");
    assert_eq!(done.data(), Some("[DONE]"));
    let content =
        |event| chunk(event)["choices"][0]["delta"]["content"].as_str().map(str::to_owned);
    chunks.iter().filter_map(content).collect()
}

async fn take(events: &mut Events<Body>, count: usize) -> Vec<Event> {
    let mut taken = Vec::new();
    for _ in 0..count {
        taken.push(events.next().await);
    }
    taken
}

#[tokio::test(start_paused = true)]
async fn a_stream_is_chunks_and_then_done() {
    let with = json!({ "max_tokens": 2, "stream_options": { "include_usage": true } });
    let response = stream(&new(), &with).await;
    let path = path(&response);
    let events = testing::events(response).collect().await;
    assert!(events.iter().all(|event| event.id().is_some() && event.name().is_none()));

    let choices = |delta, why| json!([{ "index": 0, "delta": delta, "finish_reason": why }]);
    let usage = json!({ "prompt_tokens": 5, "completion_tokens": 2, "total_tokens": 7 });
    let expected = [
        (choices(json!({ "role": "assistant", "content": "" }), None), Value::Null),
        (choices(json!({ "content": "takes" }), None), Value::Null),
        (choices(json!({ "content": " the" }), None), Value::Null),
        (choices(json!({}), Some("length")), Value::Null),
        (json!([]), usage),
    ];
    assert_eq!(events.len(), expected.len() + 1);
    for (event, (choices, usage)) in events.iter().zip(expected) {
        let chunk = chunk(event);
        assert_eq!(format!("{PATH}/{}", chunk["id"].as_str().expect("an id")), path);
        assert_eq!(chunk["object"], "chat.completion.chunk");
        assert_eq!(chunk["model"], MODEL);
        assert!(chunk["created"].is_u64());
        assert_eq!(chunk["choices"], choices);
        assert_eq!(chunk["usage"], usage);
    }
    assert_eq!(text(&events), "takes the");
}

#[tokio::test(start_paused = true)]
async fn the_object_and_the_stream_say_the_same() {
    let routes = new();
    let whole = object(post(&routes, body(&json!({})).to_string()).await).await;
    let events = testing::events(stream(&routes, &json!({})).await).collect().await;
    assert_eq!(whole["choices"][0]["message"]["content"], text(&events));
    assert_eq!(whole["choices"][0]["finish_reason"], "length");
    assert_eq!(whole["usage"]["completion_tokens"], 40);
    assert!(events.iter().all(|event| !event.data().expect("data").contains("usage")));
}

#[tokio::test(start_paused = true)]
async fn a_completion_goes_on_without_its_client() {
    let routes = new();
    let expected = text(&testing::events(stream(&routes, &json!({})).await).collect().await);
    for count in 1..43 {
        let response = stream(&routes, &json!({})).await;
        let path = path(&response);
        let mut events = testing::events(response);
        let mut all = take(&mut events, count).await;
        drop(events);
        // Some come back at once, some when more has come, and some when all is there.
        tokio::time::sleep(TOKEN * count as u32 / 2).await;

        let rest = attach(&routes, &path, last_id(&all)).await;
        all.extend(testing::events(rest).collect().await);
        assert_eq!(text(&all), expected);
        assert_eq!(all.len(), 43);

        let again = attach(&routes, &path, None).await;
        assert_eq!(testing::events(again).collect().await, all);
        assert_eq!(attach(&routes, &path, last_id(&all)).await.status(), 204);
    }
}

#[tokio::test(start_paused = true)]
async fn who_brings_the_id_of_another_server_is_told_and_gets_all() {
    let routes = new();
    let response = stream(&routes, &json!({})).await;
    let path = path(&response);
    let all = testing::events(response).collect().await;
    let events = testing::events(attach(&routes, &path, Some("elsewhere.7~0")).await);
    let events = events.collect().await;
    assert_eq!(events[0].event_type(), "gap");
    assert_eq!(events[1..=all.len()], all);
}

#[tokio::test(start_paused = true)]
async fn silence_is_filled_with_chunks_that_add_nothing() {
    let routes = routes(Completions::new(Duration::from_secs(20)));
    let mut events = testing::events(stream(&routes, &json!({})).await);
    let events = take(&mut events, 3).await;
    assert_eq!(chunk(&events[1])["choices"][0]["delta"], json!({}));
    assert_eq!(chunk(&events[1])["id"], chunk(&events[0])["id"]);
    assert_eq!(events[1].id(), None);
    assert_eq!(chunk(&events[2])["choices"][0]["delta"]["content"], "takes");
}

#[tokio::test(start_paused = true)]
async fn the_longest_and_slowest_is_kept_whole_until_nothing_is() {
    let slow = Duration::from_millis(u16::MAX.into());
    let routes = routes(Completions::new(slow));
    let is_long = |seed: &u64| Markov::walk("the river", *seed).nth(MAX_TOKENS).is_some();
    let seed = (0..).find(is_long).expect("a long one");
    let path = path(&stream(&routes, &json!({ "seed": seed, "max_tokens": null })).await);
    tokio::time::sleep(slow * MAX_TOKENS as u32 + KEPT_FOR - TOKEN).await;

    let events = testing::events(attach(&routes, &path, None).await).collect().await;
    assert_eq!(events.len(), MAX_TOKENS + 3);
    tokio::time::sleep(2 * TOKEN).await;
    check_refused(attach(&routes, &path, None).await, 404).await;
}

#[tokio::test(start_paused = true)]
async fn more_than_can_be_done_at_a_time_is_refused() {
    let routes = new();
    let mut streams = Vec::new();
    for _ in 0..MAX_RUNNING {
        streams.push(stream(&routes, &json!({})).await);
    }
    check_refused(stream(&routes, &json!({})).await, 429).await;
    check_refused(post(&routes, body(&json!({})).to_string()).await, 429).await;
    // That nobody listens changes nothing, but for an answer that only its client gets.
    drop(streams);
    check_refused(stream(&routes, &json!({})).await, 429).await;
    tokio::time::sleep(TOKEN * 41).await;
    for _ in 0..=MAX_RUNNING {
        let body = body(&json!({})).to_string();
        tokio::time::timeout(TOKEN, post(&routes, body)).await.expect_err("it takes longer");
    }
    assert_eq!(stream(&routes, &json!({})).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn more_than_can_be_kept_is_refused() {
    let routes = new();
    for _ in 0..MAX_KEPT {
        let response = stream(&routes, &json!({ "max_tokens": 1 })).await;
        testing::events(response).collect().await;
    }
    check_refused(stream(&routes, &json!({})).await, 429).await;
    assert_eq!(post(&routes, body(&json!({})).to_string()).await.status(), 200);
    tokio::time::sleep(KEPT_FOR).await;
    assert_eq!(stream(&routes, &json!({})).await.status(), 200);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_there_is_not_found() {
    let routes = new();
    let whole = object(post(&routes, body(&json!({})).to_string()).await).await;
    let not_streamed = format!("{PATH}/{}", whole["id"].as_str().expect("an id"));
    for path in [&format!("{PATH}/chatcmpl-1"), &format!("{PATH}/%ff"), "/", &not_streamed] {
        check_refused(attach(&routes, path, None).await, 404).await;
    }
    check_refused(attach(&routes, PATH, None).await, 405).await;
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_too_long_or_broken_is_refused() {
    let routes = new();
    let long = |length| format!("{}{}", body(&json!({})), " ".repeat(length));
    let length = long(0).len();
    assert_eq!(post(&routes, long(MAX_BODY - length)).await.status(), 200);
    check_refused(post(&routes, long(MAX_BODY - length + 1)).await, 413).await;
    check_refused(post(&routes, long(MAX_READ)).await, 413).await;
    check_refused(post(&routes, "{").await, 400).await;

    let broken = futures_util::stream::iter([Ok("{"), Err(std::io::Error::other("gone"))]);
    check_refused(post(&routes, Body::from_stream(broken)).await, 400).await;
}

#[tokio::test(start_paused = true)]
async fn a_drain_lets_completions_end_and_begins_none() {
    let completions = Completions::new(TOKEN);
    let routes = routes(completions.clone());
    let mut events = testing::events(stream(&routes, &json!({})).await);
    let first = events.next().await;
    let (whole, _) = tokio::join!(post(&routes, body(&json!({})).to_string()), async {
        let start = Instant::now();
        let rest = async {
            tokio::task::yield_now().await;
            check_refused(stream(&routes, &json!({})).await, 503).await;
            check_refused(post(&routes, body(&json!({})).to_string()).await, 503).await;
            events.collect().await
        };
        let (rest, ()) = tokio::join!(rest, completions.drain(Duration::from_secs(15)));
        let events = [vec![first], rest].concat();
        assert!(!text(&events).is_empty());
        // Each token is one, and there is one at the head, one at the end, and `[DONE]`.
        assert_eq!(events.len(), 40 + 3);
        assert!(start.elapsed() < 41 * TOKEN + Duration::from_secs(1), "{:?}", start.elapsed());
    });
    assert_eq!(object(whole).await["usage"]["completion_tokens"], 40);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_at_its_end_after_a_drain_ends_by_an_error() {
    let completions = Completions::new(Duration::from_secs(1));
    let routes = routes(completions.clone());
    let events = testing::events(stream(&routes, &json!({})).await);
    let (events, ()) = tokio::join!(events.collect(), completions.drain(Duration::from_secs(10)));
    let last = events.last().expect("events");
    assert_eq!(chunk(last)["error"]["type"], "server_error");
    assert!(last.retry().is_some());
    assert!(events.len() > 8, "it had {} events", events.len());
}
