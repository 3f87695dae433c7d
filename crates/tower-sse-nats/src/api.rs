//! What is asked of a stream.

use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::message::StreamMessage;
use async_nats::jetstream::response::Response;
use async_nats::jetstream::stream::{Config, RawMessage};
use bytes::Bytes;
use futures_util::FutureExt;
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};

use crate::connection::Connection;
use crate::envelope;
use crate::fault::Fault;
use crate::stamp::Stamp;

/// What is asked of a stream.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) connection: Arc<Connection>,
    pub(crate) stream: String,
}

/// What a stream is, and how far it reaches.
#[derive(Deserialize)]
pub(crate) struct Info {
    pub(crate) config: Config,
    /// When it was made, by which it is told from another of its name.
    pub(crate) created: String,
    pub(crate) state: State,
}

/// How far a stream reaches.
#[derive(Deserialize)]
pub(crate) struct State {
    #[serde(rename = "messages")]
    pub(crate) count: u64,
    /// The oldest that is kept, or the next if none is.
    #[serde(rename = "first_seq")]
    pub(crate) first: u64,
    /// The newest there ever was.
    #[serde(rename = "last_seq")]
    pub(crate) last: u64,
    /// What the server could not read of its disk.
    #[serde(default)]
    pub(crate) lost: Option<Value>,
}

/// A consumer that was made.
#[derive(Deserialize)]
pub(crate) struct Consumer {
    pub(crate) created: String,
    /// How many messages it has to give.
    #[serde(rename = "num_pending")]
    pub(crate) pending: u64,
}

/// A message that is kept.
pub(crate) struct Kept {
    pub(crate) sequence: u64,
    pub(crate) check: u32,
    pub(crate) stamp: Stamp,
}

#[derive(Deserialize)]
struct Message<T> {
    message: T,
}

#[derive(Deserialize)]
struct Time {
    time: String,
}

/// How long the server may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);

/// After what time the server forgets a consumer for which nobody asks.
const FORGET: Duration = Duration::from_secs(30);

impl Api {
    pub(crate) async fn info(&self) -> Result<Info, Fault> {
        read(&self.call("STREAM.INFO", "", &Value::Null).await?)
    }

    pub(crate) async fn create(&self, config: &Config) -> Result<Info, Fault> {
        let config = serde_json::to_value(config).map_err(garbled)?;
        read(&self.call("STREAM.CREATE", "", &config).await?)
    }

    /// The first message from this one on, if there is one.
    pub(crate) async fn get(&self, from: u64) -> Result<Option<Kept>, Fault> {
        let ask = json!({ "seq": from, "next_by_subj": ">" });
        let answer = self.call("STREAM.MSG.GET", "", &ask).await?;
        let time = match read(&answer) {
            Ok(Message { message: Time { time } }) => time,
            Err(fault) if fault.is(ErrorCode::NO_MESSAGE_FOUND) => return Ok(None),
            Err(fault) => return Err(fault),
        };
        let Message::<RawMessage> { message } = read(&answer)?;
        let message = StreamMessage::try_from(message).map_err(garbled)?;
        let stamp = Stamp::parse(&time).ok_or(Fault::Garbled(time))?;
        let check = envelope::check(&message.headers).unwrap_or_else(|| stamp.check());
        Ok(Some(Kept { sequence: message.sequence, check, stamp }))
    }

    /// Makes a consumer of this name that gives what there is from this message on. It is kept in
    /// memory, and nothing is to be acknowledged.
    pub(crate) async fn consume(&self, name: &str, from: u64) -> Result<Consumer, Fault> {
        let config = json!({
            "name": name,
            "deliver_policy": "by_start_sequence",
            "opt_start_seq": from,
            "ack_policy": "none",
            "replay_policy": "instant",
            "inactive_threshold": FORGET.as_nanos() as u64,
            "num_replicas": 1,
            "mem_storage": true,
        });
        let ask = json!({ "stream_name": self.stream, "config": config });
        read(&self.call("CONSUMER.CREATE", name, &ask).await?)
    }

    /// Lets the server forget a consumer, if there is a connection now.
    pub(crate) fn forget(&self, name: &str) {
        let subject = self.subject("CONSUMER.DELETE", name);
        // The place in the queue of the client is there, or the server forgets it by itself.
        let _ = self.connection.client.publish(subject, Bytes::new()).now_or_never();
    }

    /// Removes what comes before this message.
    pub(crate) async fn purge(&self, before: u64) -> Result<(), Fault> {
        let answer = self.call("STREAM.PURGE", "", &json!({ "seq": before })).await?;
        read::<IgnoredAny>(&answer).map(drop)
    }

    /// The subject of what is asked for.
    pub(crate) fn subject(&self, what: &str, name: &str) -> String {
        let dot = if name.is_empty() { "" } else { "." };
        format!("$JS.API.{what}.{}{dot}{name}", self.stream)
    }

    async fn call(&self, what: &str, name: &str, ask: &Value) -> Result<Bytes, Fault> {
        let ask = if ask.is_null() { Bytes::new() } else { ask.to_string().into() };
        let subject = self.subject(what, name);
        Ok(self.connection.request(&subject, None, ask, PATIENCE).await?.payload)
    }
}

/// What the server says, unless it says no.
pub(crate) fn read<T: DeserializeOwned>(answer: &[u8]) -> Result<T, Fault> {
    match serde_json::from_slice(answer) {
        Ok(Response::Ok(answer)) => Ok(answer),
        Ok(Response::Err { error }) => Err(Fault::Api(error)),
        Err(error) => Err(garbled(error)),
    }
}

fn garbled(error: impl std::fmt::Display) -> Fault {
    Fault::Garbled(error.to_string())
}
