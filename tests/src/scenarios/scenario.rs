//! What a server answers, exchange by exchange, and how the client is set up.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Deserializer, de::IgnoredAny};

use super::Expect;
use crate::cases::base64;

/// One run of a client against one server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The name.
    pub name: String,
    /// Where it comes from: a test of another suite, or the standard's section.
    #[serde(rename = "test")]
    pub source: String,
    /// How the client must be set up for [`expect`](Self::expect) to hold.
    #[serde(default)]
    pub client: Settings,
    /// The i-th answers the i-th request, unless one is for the request's hop; the last repeats.
    pub exchanges: Vec<Exchange>,
    /// What must hold.
    pub expect: Expect,
    /// For how long the client runs at most.
    #[serde(rename = "observe_ms", deserialize_with = "millis")]
    pub observe: Duration,
    /// After so many messages the client is stopped, whatever it would do next.
    pub stop_after_events: Option<usize>,
    /// What else is to be known.
    pub note: Option<String>,
    #[serde(default, rename = "kind")]
    _kind: IgnoredAny,
}

/// How a client is set up; what is not given is the client's own default.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The method of the first request.
    pub method: Option<String>,
    /// Headers of the first request, beside those that an EventSource sets.
    pub headers: Vec<(String, String)>,
    /// The body of the first request.
    #[serde(rename = "body_b64", deserialize_with = "base64")]
    pub body: Vec<u8>,
    /// The reconnection time before the server sets one.
    #[serde(rename = "reconnect_ms", deserialize_with = "some_millis")]
    pub reconnect: Option<Duration>,
    /// How long the client waits for a head.
    #[serde(rename = "head_timeout_ms", deserialize_with = "some_millis")]
    pub head_timeout: Option<Duration>,
    /// How long the client waits for the next bytes of a body.
    #[serde(rename = "idle_timeout_ms", deserialize_with = "some_millis")]
    pub idle_timeout: Option<Duration>,
    /// Statuses after which the client tries again; an EventSource has none.
    pub retry_statuses: Vec<u16>,
}

/// What one request is answered with.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// The status.
    pub status: u16,
    /// The text after the status.
    #[serde(default)]
    pub reason: String,
    /// The headers; the value `@self` is the server's URL with `hop=1`, `@other` the same of its
    /// other origin.
    pub headers: Vec<(String, String)>,
    /// The body.
    #[serde(rename = "body_b64", deserialize_with = "base64")]
    pub body: Vec<u8>,
    /// The lengths of the writes that the body is sent in.
    #[serde(default)]
    pub chunk_lens: Vec<usize>,
    /// What follows the body.
    pub after: After,
    /// Which requests it answers, wherever they stand in the run.
    pub when: Option<When>,
    /// Values of each request that it answers, as [`Request::values`](super::Request::values)
    /// names them; none where there must be none.
    #[serde(default)]
    pub want_request: BTreeMap<String, Option<String>>,
    #[serde(default, rename = "body_preview")]
    _preview: IgnoredAny,
}

/// What follows a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum After {
    /// Its end; the connection can be used again.
    Close,
    /// Nothing, for ever.
    Hold,
    /// A reset of the connection.
    Reset,
    /// The end of the connection, without the end of the body.
    Cut,
    /// Nothing, and no head and no body before: the request is read, that is all.
    Silence,
}

/// Which requests an exchange answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// The query parameter `hop`, 0 where there is none.
    pub hop: u32,
}

impl Scenario {
    /// What answers the n-th request, counted from 0, which has this hop.
    pub fn exchange(&self, nth: usize, hop: u32) -> Option<&Exchange> {
        let all = &self.exchanges;
        let meant = all.iter().find(|exchange| exchange.when == Some(When { hop }));
        meant.or(all.get(nth)).or(all.last())
    }
}

fn millis<'de, D: Deserializer<'de>>(number: D) -> Result<Duration, D::Error> {
    u64::deserialize(number).map(Duration::from_millis)
}

fn some_millis<'de, D: Deserializer<'de>>(number: D) -> Result<Option<Duration>, D::Error> {
    millis(number).map(Some)
}
