use serde_json::{Value, json};

use super::*;

/// A request that is right, but for this.
fn parse(with: &Value) -> Result<Asked, Refusal> {
    let mut body = json!({ "model": MODEL, "messages": [{ "role": "user", "content": "Hi." }] });
    for (name, value) in with.as_object().expect("an object") {
        body[name] = value.clone();
    }
    Asked::parse(body.to_string().as_bytes())
}

fn asked() -> Asked {
    Asked {
        prompt: "Hi.".to_owned(),
        prompt_tokens: 2,
        seed: None,
        max_tokens: MAX_TOKENS,
        stream: false,
        include_usage: false,
    }
}

#[test]
fn what_is_asked_is_understood() {
    let parts = json!([{ "type": "text", "text": "a" }, { "type": "image_url" }, { "text": "b" }]);
    let messages = json!([
        { "role": "system", "content": "one two" },
        { "role": "user", "content": parts },
        { "role": "assistant", "content": null, "tool_calls": [] },
    ]);
    let stream = json!({ "stream": true, "stream_options": { "include_usage": true } });
    for (with, expected) in [
        (json!({}), asked()),
        (json!({ "temperature": 2, "tools": [], "n": 1, "stream": null, "seed": null }), asked()),
        (json!({ "seed": -1 }), Asked { seed: Some(u64::MAX), ..asked() }),
        (json!({ "max_tokens": 500 }), Asked { max_tokens: 500, ..asked() }),
        (
            json!({ "max_tokens": 9000, "max_completion_tokens": 1 }),
            Asked { max_tokens: 1, ..asked() },
        ),
        (
            json!({ "messages": messages }),
            Asked { prompt: "a b".to_owned(), prompt_tokens: 4, ..asked() },
        ),
        (stream, Asked { stream: true, include_usage: true, ..asked() }),
        (json!({ "messages": [{ "role": "tool" }] }), {
            Asked { prompt: String::new(), prompt_tokens: 0, ..asked() }
        }),
    ] {
        assert_eq!(parse(&with).expect("a request"), expected, "{with}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    for (with, param) in [
        (json!({ "model": null }), "model"),
        (json!({ "model": "gpt-5" }), "model"),
        (json!({ "messages": null }), "messages"),
        (json!({ "messages": [] }), "messages"),
        (json!({ "max_tokens": 0 }), "max_tokens"),
        (json!({ "max_tokens": 501 }), "max_tokens"),
        (json!({ "max_completion_tokens": u64::MAX }), "max_completion_tokens"),
        (json!({ "n": 2 }), "n"),
        (json!({ "stream_options": {} }), "stream_options"),
        (json!({ "messages": "Hi" }), ""),
        (json!({ "messages": [{ "role": "robot", "content": "Hi" }] }), ""),
        (json!({ "messages": [{ "content": "Hi" }] }), ""),
        (json!({ "messages": [{ "role": "user", "content": 1 }] }), ""),
        (json!({ "max_tokens": -1 }), ""),
        (json!({ "seed": 1.5 }), ""),
        (json!({ "stream": "yes" }), ""),
    ] {
        let refusal = parse(&with).expect_err("it is wrong");
        let refusal = serde_json::to_value(refusal).expect("JSON");
        assert_eq!(refusal["param"].as_str().unwrap_or_default(), param, "{with}");
    }
}

#[test]
fn what_is_no_request_is_refused() {
    let deep = "[".repeat(100_000);
    for body in ["", "{", "[]", "null", "\"", "\0", "{\"model\":\"\\ud800\"}", &deep] {
        assert!(Asked::parse(body.as_bytes()).is_err(), "{body}");
    }
    assert!(Asked::parse(b"{\"model\":\"\xff\"}").is_err());
}
