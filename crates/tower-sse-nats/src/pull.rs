//! Messages of a stream, as they are asked for.

use std::time::Duration;

use async_nats::{Message, StatusCode, Subscriber};
use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use tokio::time::timeout;

use crate::api::{Api, Consumer, PATIENCE};
use crate::fault::Fault;
use crate::stored::Stored;

/// Messages of a stream, as they are asked for: a consumer of its own, which ends with it.
pub(crate) struct Pull {
    api: Api,
    name: String,
    inbox: String,
    messages: Subscriber,
    /// How many were asked for and have not come.
    wanted: usize,
}

/// What came.
#[expect(clippy::large_enum_variant, reason = "it is taken apart at once")]
pub(crate) enum Pulled {
    Stored(Stored),
    /// Nothing, but the server is alive.
    Beat,
    /// What was asked for is over: all have come, or too large ones, or it took too long.
    Over,
}

/// How much to ask for.
pub(crate) struct Ask {
    pub(crate) most: usize,
    /// How long the server waits for messages to come.
    pub(crate) wait: Duration,
    /// How often it says that it is alive, if that is asked for.
    pub(crate) beat: Duration,
}

/// What is on its way at once, in bytes, unless one message has more.
const MAX_BYTES: usize = 16 << 20;

/// More than what a message has beside its payload: subjects and headers.
const HEAD: usize = 128 << 10;

const NAME_LEN: usize = 12;

impl Pull {
    /// Begins with this message, or the next that is kept.
    pub(crate) async fn new(api: &Api, from: u64) -> Result<(Self, Consumer), Fault> {
        let client = &api.connection.client;
        let id: String = (0..NAME_LEN).map(|_| fastrand::alphanumeric()).collect();
        let name = format!("sse-{id}");
        let inbox = client.new_inbox();
        let subscribed = timeout(PATIENCE, client.subscribe(inbox.clone())).await;
        let messages = match subscribed {
            Ok(Ok(messages)) => messages,
            Ok(Err(error)) => return Err(Fault::Away(error.to_string())),
            Err(_) => return Err(Fault::Silent("the client is busy")),
        };
        // Made before the consumer is, so that it is forgotten whatever happens.
        let pull = Self { api: api.clone(), name, inbox, messages, wanted: 0 };
        let consumer = api.consume(&pull.name, from.max(1)).await?;
        Ok((pull, consumer))
    }

    /// How many were asked for and have not come.
    pub(crate) fn wanted(&self) -> usize {
        self.wanted
    }

    /// Asks for messages.
    ///
    /// # Cancel safety
    /// They are asked for or not.
    pub(crate) async fn ask(&mut self, ask: Ask) -> Result<(), Fault> {
        let client = &self.api.connection.client;
        let max_bytes = MAX_BYTES.max(client.max_payload() + HEAD);
        let body = json!({
            "batch": ask.most,
            "expires": ask.wait.as_nanos() as u64,
            "idle_heartbeat": ask.beat.as_nanos() as u64,
            "max_bytes": max_bytes,
        });
        let subject = self.api.subject("CONSUMER.MSG.NEXT", &self.name);
        let sent = client.publish_with_reply(subject, self.inbox.clone(), body.to_string().into());
        match timeout(PATIENCE, sent).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => return Err(Fault::Away(error.to_string())),
            Err(_) => return Err(Fault::Silent("the client is busy")),
        }
        self.wanted += ask.most;
        Ok(())
    }

    /// What comes next.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub(crate) async fn next(&mut self) -> Result<Pulled, Fault> {
        let message = self.messages.next().await;
        self.take(message.ok_or_else(|| Fault::Away("the client was closed".into()))?)
    }

    /// What has come already.
    pub(crate) fn try_next(&mut self) -> Option<Result<Pulled, Fault>> {
        let message = self.messages.next().now_or_never()??;
        Some(self.take(message))
    }

    fn take(&mut self, message: Message) -> Result<Pulled, Fault> {
        let status = message.status.unwrap_or(StatusCode::OK);
        if status == StatusCode::OK {
            self.wanted = self.wanted.saturating_sub(1);
            return Stored::new(message).map(Pulled::Stored);
        }
        if status == StatusCode::IDLE_HEARTBEAT {
            return Ok(Pulled::Beat);
        }
        if status == StatusCode::NO_RESPONDERS {
            return Err(Fault::NoResponders);
        }
        let why = message.description.as_deref().unwrap_or_default();
        if !is_over(status, why) {
            return Err(Fault::Ended(format!("{status} {why}")));
        }
        self.wanted = self.wanted.saturating_sub(pending(&message).unwrap_or(self.wanted));
        Ok(Pulled::Over)
    }
}

/// Whether it is only what was asked for that is over, and not all.
fn is_over(status: StatusCode, why: &str) -> bool {
    match status {
        StatusCode::NOT_FOUND | StatusCode::TIMEOUT => true,
        _ => ["Message Size Exceeds MaxBytes", "Batch Completed"].contains(&why),
    }
}

/// How many messages will not come of those that were asked for.
fn pending(message: &Message) -> Option<usize> {
    message.headers.as_ref()?.get("Nats-Pending-Messages")?.as_str().parse().ok()
}

impl Drop for Pull {
    fn drop(&mut self) {
        self.api.forget(&self.name);
    }
}
