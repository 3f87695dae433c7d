//! One completion, in OpenAI's words: whole, or in chunks.

use std::time::SystemTime;

use serde::Serialize;
use serde_json::{Value, json};
use tower_sse_axum::Event;

/// What all that is sent of one completion has in common.
#[derive(Clone, Debug)]
pub(crate) struct Completion {
    id: String,
    /// In seconds since 1970.
    created: u64,
    /// Whether its chunks speak of the usage.
    pub(crate) has_usage: bool,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FinishReason {
    /// The text is at its end.
    Stop,
    /// It has as many tokens as it may.
    Length,
}

/// How many tokens there were.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    pub(crate) prompt_tokens: usize,
    pub(crate) completion_tokens: usize,
}

/// The one model that there is.
pub(crate) const MODEL: &str = "markov-demo";

impl Completion {
    /// A completion that begins now, with an id that nobody can guess: who has it may read along.
    pub(crate) fn new(has_usage: bool) -> Self {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).expect("the system has random bytes");
        let id = format!("chatcmpl-{:032x}", u128::from_ne_bytes(bytes));
        let created = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_secs());
        Self { id, created, has_usage }
    }

    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// All of it at once.
    pub(crate) fn whole(&self, text: &str, why: FinishReason, usage: Usage) -> Value {
        json!({
            "id": self.id,
            "object": "chat.completion",
            "created": self.created,
            "model": MODEL,
            "choices": [{
                "index": 0,
                "message": { "role": "assistant", "content": text, "refusal": null },
                "finish_reason": why,
                "logprobs": null,
            }],
            "usage": usage.json(),
        })
    }

    /// The first chunk.
    pub(crate) fn begin(&self) -> Event {
        self.choice(json!({ "role": "assistant", "content": "" }), None)
    }

    pub(crate) fn token(&self, text: &str) -> Event {
        self.choice(json!({ "content": text }), None)
    }

    /// A chunk that adds nothing.
    pub(crate) fn nothing(&self) -> Event {
        self.choice(json!({}), None)
    }

    /// The last chunk of the text.
    pub(crate) fn finish(&self, why: FinishReason) -> Event {
        self.choice(json!({}), Some(why))
    }

    /// The chunk after that, for those who want it.
    pub(crate) fn usage(&self, usage: Usage) -> Event {
        self.chunk(json!([]), usage.json())
    }

    /// What comes after all chunks.
    pub(crate) fn done() -> Event {
        Event::new("[DONE]")
    }

    fn choice(&self, delta: Value, why: Option<FinishReason>) -> Event {
        self.chunk(json!([{ "index": 0, "delta": delta, "finish_reason": why }]), Value::Null)
    }

    fn chunk(&self, choices: Value, usage: Value) -> Event {
        let mut chunk = json!({
            "id": self.id,
            "object": "chat.completion.chunk",
            "created": self.created,
            "model": MODEL,
            "choices": choices,
        });
        if self.has_usage {
            chunk["usage"] = usage;
        }
        Event::new(chunk.to_string())
    }
}

impl Usage {
    fn json(self) -> Value {
        json!({
            "prompt_tokens": self.prompt_tokens,
            "completion_tokens": self.completion_tokens,
            "total_tokens": self.prompt_tokens + self.completion_tokens,
        })
    }
}
