//! The wire's cases as data: `encode.json` and `decode.json`, typed.

use std::num::TryFromIntError;
use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::oracle::{self, Decoded};

/// An event, and what a conformant decoder must get back from its wire bytes.
#[derive(Clone, Debug, Deserialize)]
pub struct EncodeCase {
    /// The name.
    pub name: String,
    /// The event, as plain values.
    pub input: Input,
    /// What must come back; none when the event must be refused instead of written.
    #[serde(default, rename = "expect_decoded")]
    expect: Option<Decoded>,
    /// Why the event must be refused.
    must_not_emit: Option<String>,
}

/// The values of an event, some of which no event can have.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The data.
    pub data: Option<String>,
    /// The name.
    pub event: Option<String>,
    /// The id.
    pub id: Option<String>,
    /// The comment.
    pub comment: Option<String>,
    retry_ms: Option<i64>,
    retry_us: Option<u64>,
}

/// The bytes of a body, and what a client must see in them.
#[derive(Clone, Debug, Deserialize)]
pub struct DecodeCase {
    /// The name.
    pub name: String,
    /// The body.
    #[serde(rename = "input_b64", deserialize_with = "base64")]
    pub input: Vec<u8>,
    /// The last event id that the client has before.
    #[serde(default)]
    pub initial_last_event_id: String,
    /// What the client must see, apart from comments.
    pub expect: Decoded,
    /// The comments, to the letter.
    pub comments: Vec<String>,
    /// After so many bytes, so many events must be out, without more input.
    #[serde(default)]
    pub prompt: Vec<(usize, usize)>,
    /// The lengths of chunks in which another suite feeds the body; 0 is an empty chunk.
    #[serde(default)]
    pub chunkings: Vec<Vec<usize>>,
    /// Why only the events are sure.
    pub ambiguous: Option<String>,
}

/// All of `encode.json`.
pub fn encode() -> Vec<EncodeCase> {
    load(include_str!("../cases/encode.json"))
}

/// All of `decode.json`.
pub fn decode() -> Vec<DecodeCase> {
    load(include_str!("../cases/decode.json"))
}

impl EncodeCase {
    /// Why the event must be refused by a constructor, if it must.
    pub fn refused(&self) -> Option<&str> {
        self.must_not_emit.as_deref()
    }

    /// Judges a body that should hold just this event.
    ///
    /// # Panics
    /// When the oracle sees anything else in it, or when the event should have been refused.
    #[track_caller]
    pub fn check(&self, body: &[u8]) {
        let Some(expect) = &self.expect else {
            panic!("{}: was written, must be refused: {:?}", self.name, self.must_not_emit);
        };
        let mut seen = oracle::decode(body);
        // encode.json leaves open whether a space follows the colon of a comment.
        for comment in &mut seen.comments {
            *comment = comment.strip_prefix(' ').unwrap_or(comment).to_owned();
        }
        assert_eq!(&seen, expect, "{}: {:?}", self.name, String::from_utf8_lossy(body));
    }
}

impl Input {
    /// The retry.
    ///
    /// # Errors
    /// When it is negative, which no [`Duration`] can be.
    pub fn retry(&self) -> Result<Option<Duration>, TryFromIntError> {
        let ms = self.retry_ms.map(u64::try_from).transpose()?;
        Ok(ms.map(Duration::from_millis).or(self.retry_us.map(Duration::from_micros)))
    }
}

#[derive(Deserialize)]
struct File<T> {
    count: usize,
    cases: Vec<T>,
}

fn load<T: for<'de> Deserialize<'de>>(json: &str) -> Vec<T> {
    let file: File<T> = serde_json::from_str(json).expect("a file of cases is well formed");
    assert_eq!(file.cases.len(), file.count, "a file of cases is whole");
    file.cases
}

pub(crate) fn base64<'de, D: Deserializer<'de>>(text: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(text)?).map_err(D::Error::custom)
}
