//! The harness in small: what LaunchDarkly's contract tests check, over the service as it is built.

mod harness;

use std::time::Duration;

use serde_json::{Value, json};

use harness::{Harness, Test};

/// An event without a type and an id.
fn message(data: &str) -> Value {
    event("message", data, "")
}

fn event(name: &str, data: &str, id: &str) -> Value {
    json!({ "kind": "event", "event": { "type": name, "data": data, "id": id } })
}

fn comment(text: &str) -> Value {
    json!({ "kind": "comment", "comment": text })
}

/// A stream of these chunks gives these callbacks.
async fn check(chunks: &[&[u8]], expected: &[Value]) {
    let harness = Harness::start().await;
    let mut test = harness.test(json!({})).await;
    let stream = test.connection().await;
    for chunk in chunks {
        stream.send(chunk);
    }
    for expected in expected {
        let found = test.callback().await;
        // Some are megabytes.
        assert!(found == *expected, "{:.300} for {:.300}", found.to_string(), expected.to_string());
    }
}

/// The same in one chunk, and byte by byte.
async fn check_cut(text: &str, expected: &[Value]) {
    let text = text.as_bytes();
    check(&[text], expected).await;
    check(&text.chunks(1).collect::<Vec<_>>(), expected).await;
}

/// A test whose client comes back at once.
async fn eager(harness: &Harness, mut params: Value) -> Test {
    params["initialDelayMs"] = 0.into();
    harness.test(params).await
}

#[tokio::test]
async fn says_what_it_can() {
    let harness = Harness::start().await;
    let (status, _, body) = harness.call("GET", "/", Value::Null).await;
    let body: Value = serde_json::from_slice(&body).expect("the status is JSON");
    assert_eq!((status, body["capabilities"].as_array().map(Vec::len)), (200, Some(10)));
}

#[tokio::test]
async fn basic_parsing() {
    check_cut("data: Hello\n\n", &[message("Hello")]).await;
    check_cut("data: Hello\ndata:World\n\n", &[message("Hello\nWorld")]).await;
    check_cut("data\n\ndata\ndata\n\n", &[message(""), message("\n")]).await;
    check_cut("data: €豆腐\n\n", &[message("€豆腐")]).await;
    check_cut("event:  greeting\ndata:  Hello\n\n", &[event(" greeting", " Hello", "")]).await;
    check_cut("color: blue\ndata: a\nid: b\nevent: c\n\n", &[event("c", "a", "b")]).await;
    check_cut("id: a\0bc\ndata: Hello\n\n", &[message("Hello")]).await;
    check_cut(
        "id: abc\ndata: first\n\ndata: second\n\nid: \ndata: third\n\n",
        &[event("message", "first", "abc"), event("message", "second", "abc"), message("third")],
    )
    .await;
}

#[tokio::test]
async fn chunks_may_share_a_message_and_messages_a_chunk() {
    check(&[b"data: test", b"test\n\ndata:", b"test\n\n"], &[message("testtest"), message("test")])
        .await;
    check(
        &[b"data: Hello\r", b"\ndata: World\r", b"\n\r\ndata: OK\r", b"\n", b"\r", b"\n"],
        &[message("Hello\nWorld"), message("OK")],
    )
    .await;
}

#[tokio::test]
async fn linefeeds() {
    for end in ["\n", "\r\n", "\r"] {
        let text = "data: a\n\ndata:\ndata: b\n\n\n\ndata: c\n\n".replace('\n', end);
        check_cut(&text, &[message("a"), message("\nb"), message("c")]).await;
    }
}

#[tokio::test]
async fn messages_may_be_large_and_many() {
    let half = "x".repeat(7_000_000);
    let whole = message(&half.repeat(2));
    check(&[b"data: ", half.as_bytes(), half.as_bytes(), b"\n\n"], &[whole]).await;

    let numbers: Vec<_> = (0..100).map(|number| format!("message {number}")).collect();
    let text: String = numbers.iter().map(|data| format!("data: {data}\n\n")).collect();
    let expected: Vec<_> = numbers.iter().map(|data| message(data)).collect();
    check(&[text.as_bytes()], &expected).await;
}

#[tokio::test]
async fn byte_order_marks() {
    check_cut("\u{feff}data: a\n\ndata: \u{feff}b\n\n", &[message("a"), message("\u{feff}b")])
        .await;
    check_cut("\u{feff}:note\ndata:\n\n", &[comment("note"), message("")]).await;
}

#[tokio::test]
async fn comments() {
    // Each at the end of its line, and not only at that of a block.
    check_cut(":Hello\n:World\n", &[comment("Hello"), comment("World")]).await;
    check_cut("data: a\n\n:b\n", &[message("a"), comment("b")]).await;
}

#[tokio::test]
async fn requests_say_what_is_wanted() {
    let harness = Harness::start().await;
    let mut test = harness.test(json!({})).await;
    let plain = test.connection().await;
    assert_eq!(plain.method, "GET");
    assert_eq!(plain.headers["accept"], "text/event-stream");
    assert_eq!(plain.headers["cache-control"], "no-cache");
    assert!(!plain.headers.contains_key("last-event-id"));

    let mut test = harness
        .test(json!({ "lastEventId": "abc", "headers": { "name-1": "value-1", "name-2": "value-2" } }))
        .await;
    let set = test.connection().await;
    assert_eq!(set.headers["last-event-id"], "abc");
    assert_eq!(set.headers["name-1"], "value-1");
    assert_eq!(set.headers["name-2"], "value-2");
}

#[tokio::test]
async fn bodies_are_sent_each_time() {
    let harness = Harness::start().await;
    for method in ["POST", "REPORT"] {
        let params = json!({
            "method": method,
            "body": "{\"hello\": \"world\"}",
            "headers": { "content-type": "application/json; charset=utf-8" },
        });
        let mut test = eager(&harness, params).await;
        for _ in 0..2 {
            let request = test.connection().await;
            assert_eq!(request.method, method);
            assert_eq!(request.headers["content-type"], "application/json; charset=utf-8");
            assert_eq!(request.body, "{\"hello\": \"world\"}");
        }
    }
}

#[tokio::test]
async fn redirects_are_followed() {
    let harness = Harness::start().await;
    for status in [301, 307] {
        let mut test = harness.test(json!({})).await;
        test.request().await.refuse(status, Some("/elsewhere"));
        let stream = test.connection().await;
        assert_eq!(stream.path, "/elsewhere");
        stream.send(b"data: hello\n\n");
        assert_eq!(test.callback().await, message("hello"));
    }
}

#[tokio::test]
async fn redirects_to_nowhere_are_errors() {
    let harness = Harness::start().await;
    for status in [301, 307] {
        for location in [None, Some("")] {
            let mut test = harness.test(json!({})).await;
            test.request().await.refuse(status, location);
            assert_eq!(test.callback().await["kind"], "error");
        }
    }
}

#[tokio::test]
async fn a_204_is_the_end() {
    let harness = Harness::start().await;
    let mut test = eager(&harness, json!({})).await;
    test.request().await.refuse(204, None);
    test.no_request_for(Duration::from_millis(300)).await;
}

#[tokio::test]
async fn comes_back_with_the_last_id_and_without_what_was_not_whole() {
    let harness = Harness::start().await;
    let mut test = eager(&harness, json!({})).await;
    let stream = test.connection().await;
    stream.send(b"id: abc\ndata: Hello\n\ndata: World\n\nid: def\ndata: Goodbye");
    assert_eq!(test.callback().await, event("message", "Hello", "abc"));
    assert_eq!(test.callback().await, event("message", "World", "abc"));
    drop(stream);
    assert_eq!(test.callback().await["kind"], "error");

    let stream = test.connection().await;
    assert_eq!(stream.headers["last-event-id"], "abc");
    stream.send(b"data: We meet again\n\nid\n\n");
    assert_eq!(test.callback().await, event("message", "We meet again", "abc"));
    stream.send(b"data: forgotten\n\n");
    assert_eq!(test.callback().await, message("forgotten"));
    drop(stream);
    assert_eq!(test.callback().await["kind"], "error");

    assert!(!test.connection().await.headers.contains_key("last-event-id"));
}

#[tokio::test]
async fn a_silent_server_is_left() {
    let harness = Harness::start().await;
    let mut test = eager(&harness, json!({ "readTimeoutMs": 100 })).await;
    let stream = test.connection().await;
    stream.send(b"data: Hello\n\n");
    assert_eq!(test.callback().await, message("Hello"));
    assert_eq!(test.callback().await["kind"], "error");
    test.connection().await;
}

#[tokio::test]
async fn restarts_at_once() {
    let harness = Harness::start().await;
    // The long wait is one that a restart does not take.
    let mut test = harness.test(json!({ "initialDelayMs": 60_000 })).await;
    let stream = test.connection().await;
    stream.send(b"id: 1\ndata: Hello\n\n");
    assert_eq!(test.callback().await, event("message", "Hello", "1"));

    assert_eq!(test.command(json!({ "command": "listen", "listen": { "type": "a" } })).await, 204);
    assert_eq!(test.command(json!({ "command": "restart", "listen": null })).await, 204);
    let stream = test.connection().await;
    assert_eq!(stream.headers["last-event-id"], "1");
    stream.send(b"event: a\ndata: Thanks\n\n");
    assert_eq!(test.callback().await, event("a", "Thanks", "1"));
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let harness = Harness::start().await;
    for params in [
        json!({}),
        json!({ "streamUrl": "http://a b", "callbackUrl": "http://a" }),
        json!({ "streamUrl": "http://a", "callbackUrl": "http://a", "method": "A B" }),
        json!({ "streamUrl": "http://a", "callbackUrl": "http://a", "lastEventId": "\n" }),
        json!({ "streamUrl": "http://a", "callbackUrl": "http://a", "headers": { "a b": "" } }),
    ] {
        let (status, ..) = harness.call("POST", "/", params.clone()).await;
        assert_eq!(status, 400, "{params}");
    }
    let test = harness.test(json!({})).await;
    assert_eq!(test.command(json!({ "command": "dance" })).await, 400);
    assert_eq!(harness.call("POST", "/streams/99", json!({ "command": "restart" })).await.0, 404);
    assert_eq!(harness.call("DELETE", "/streams/99", Value::Null).await.0, 404);
}

#[tokio::test]
async fn streams_and_the_service_end_when_told() {
    let mut harness = Harness::start().await;
    let mut test = eager(&harness, json!({})).await;
    let stream = test.connection().await;
    assert_eq!(test.close().await, 204);
    stream.closed().await;
    assert_eq!(test.close().await, 404);

    assert_eq!(harness.call("DELETE", "/", Value::Null).await.0, 204);
    assert!(harness.ended().await.success());
}
