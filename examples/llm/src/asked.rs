//! What a request asks for.

use axum::http::StatusCode;
use serde::Deserialize;

use crate::completion::MODEL;
use crate::markov::words;
use crate::refusal::Refusal;

/// A request that can be answered.
#[derive(Debug, PartialEq)]
pub(crate) struct Asked {
    /// What the last message of the user says.
    pub(crate) prompt: String,
    /// How many tokens all messages have.
    pub(crate) prompt_tokens: usize,
    pub(crate) seed: Option<u64>,
    pub(crate) max_tokens: usize,
    pub(crate) stream: bool,
    pub(crate) include_usage: bool,
}

/// The most tokens of one completion.
pub(crate) const MAX_TOKENS: usize = 500;

/// The body of a request. What it has beside this is ignored.
#[derive(Deserialize)]
struct Body {
    model: Option<String>,
    messages: Option<Vec<Message>>,
    seed: Option<i64>,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
    n: Option<u64>,
    stream: Option<bool>,
    stream_options: Option<StreamOptions>,
}

#[derive(Deserialize)]
struct Message {
    role: Role,
    content: Option<Content>,
}

#[derive(Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Role {
    Developer,
    System,
    User,
    Assistant,
    Tool,
    Function,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// A part without a text is a picture or a sound, of which this model sees nothing.
#[derive(Deserialize)]
struct Part {
    text: Option<String>,
}

#[derive(Deserialize)]
struct StreamOptions {
    include_usage: Option<bool>,
}

impl Asked {
    /// Reads the body of a request.
    pub(crate) fn parse(json: &[u8]) -> Result<Self, Refusal> {
        let body: Body = serde_json::from_slice(json)
            .map_err(|why| Refusal::bad_request(format!("the body cannot be read: {why}")))?;

        let model = body.model.ok_or_else(|| missing("model"))?;
        if model != MODEL {
            let message = format!("the model {model:?} does not exist, but {MODEL:?} does");
            return Err(Refusal::new(StatusCode::NOT_FOUND, message)
                .with_param("model")
                .with_code("model_not_found"));
        }
        let messages = body.messages.ok_or_else(|| missing("messages"))?;
        if messages.is_empty() {
            return Err(wrong("messages", "there must be at least one message"));
        }
        if body.n.is_some_and(|n| n != 1) {
            return Err(wrong("n", "there is one choice, no more and no less"));
        }
        let stream = body.stream.unwrap_or_default();
        if !stream && body.stream_options.is_some() {
            return Err(wrong("stream_options", "stream_options are for streams only"));
        }

        let texts: Vec<_> = messages.into_iter().map(|it| (it.role, text(it.content))).collect();
        let prompt_tokens = texts.iter().map(|(_, text)| words(text).count()).sum();
        let of_user = texts.into_iter().rfind(|(role, _)| *role == Role::User);
        Ok(Self {
            prompt: of_user.map(|(_, text)| text).unwrap_or_default(),
            prompt_tokens,
            // Any number is a seed, so that a sign is as good as none.
            seed: body.seed.map(i64::cast_unsigned),
            max_tokens: match (body.max_completion_tokens, body.max_tokens) {
                (Some(max), _) => max_tokens("max_completion_tokens", max)?,
                (None, Some(max)) => max_tokens("max_tokens", max)?,
                (None, None) => MAX_TOKENS,
            },
            stream,
            include_usage: body.stream_options.is_some_and(|it| it.include_usage == Some(true)),
        })
    }
}

fn max_tokens(param: &'static str, max: u64) -> Result<usize, Refusal> {
    let max = usize::try_from(max).ok().filter(|max| (1..=MAX_TOKENS).contains(max));
    max.ok_or_else(|| wrong(param, format!("{param} must be from 1 to {MAX_TOKENS}")))
}

fn text(content: Option<Content>) -> String {
    match content {
        None => String::new(),
        Some(Content::Text(text)) => text,
        Some(Content::Parts(parts)) => {
            let texts: Vec<_> = parts.into_iter().filter_map(|part| part.text).collect();
            texts.join(" ")
        }
    }
}

fn missing(param: &'static str) -> Refusal {
    Refusal::bad_request(format!("{param} is missing"))
        .with_param(param)
        .with_code("missing_required_parameter")
}

fn wrong(param: &'static str, message: impl Into<String>) -> Refusal {
    Refusal::bad_request(message).with_param(param).with_code("invalid_value")
}

#[cfg(test)]
mod tests;
