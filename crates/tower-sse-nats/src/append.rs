//! Adding an entry.

use std::time::Duration;

use async_nats::jetstream::publish::PublishAck;
use tower_sse_hub::log::{Appended, NewEntry};

use crate::api::{self, Api};
use crate::fault::Fault;
use crate::stored::mark;
use crate::{envelope, token};

/// How long the server may take to store an entry.
const PATIENCE: Duration = Duration::from_secs(4);

/// Adds an entry at the end of the stream that takes subjects with this prefix.
pub(crate) async fn append(api: &Api, prefix: &str, entry: NewEntry) -> Result<Appended, Fault> {
    let check = envelope::new_check();
    let subject = format!("{prefix}.{}", token::escape(entry.topic.as_str()));
    let (headers, payload) = envelope::encode(&entry, check);
    let answer = api.connection.request(&subject, Some(headers), payload, PATIENCE).await?;
    let ack: PublishAck = api::read(&answer.payload)?;
    if ack.stream != api.stream {
        let why = format!("another stream takes its entries: {}", ack.stream);
        return Err(Fault::Unusable(why));
    }
    let PublishAck { sequence, duplicate, .. } = ack;
    if !duplicate {
        return Ok(Appended { mark: mark(sequence, check), duplicate });
    }
    // It has the check of the first. Where that is trimmed already, nobody can go on after it.
    let kept = api.get(sequence).await.map_err(|_| Fault::Silent("entry cannot be looked at"))?;
    let check = kept.filter(|kept| kept.sequence == sequence).map_or(0, |kept| kept.check);
    Ok(Appended { mark: mark(sequence, check), duplicate })
}
