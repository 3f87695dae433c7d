//! A message as a consumer gives it.

use std::time::{Duration, SystemTime};

use async_nats::Message;
use tower_sse_hub::log::{Entry, Page};
use tower_sse_hub::{Mark, Position};

use crate::envelope;
use crate::fault::Fault;
use crate::stamp::Stamp;

/// A message as a consumer gives it.
pub(crate) struct Stored {
    pub(crate) mark: Mark,
    /// How many come after it, for now.
    pub(crate) pending: u64,
    stamp: Stamp,
    message: Message,
}

impl Stored {
    pub(crate) fn new(message: Message) -> Result<Self, Fault> {
        let place = message.reply.as_deref().and_then(place);
        let Some((sequence, stamp, pending)) = place else {
            return Err(Fault::Garbled("message of a consumer does not say where it is".into()));
        };
        let check = message.headers.as_ref().and_then(envelope::check);
        let check = check.unwrap_or_else(|| stamp.check());
        Ok(Self { mark: mark(sequence, check), pending, stamp, message })
    }

    pub(crate) fn sequence(&self) -> u64 {
        self.mark.position.first()
    }

    /// Puts it at the end of a page of what was written by a log with this prefix.
    pub(crate) fn put_into(&self, page: &mut Page, prefix: &str) {
        page.upto = self.mark;
        page.at_head = self.pending == 0;
        match self.entry(prefix) {
            Some(entry) => page.entries.push(entry),
            None => page.skipped += 1,
        }
    }

    /// What it says, if it was written by a log with this prefix, in a way that is known here.
    fn entry(&self, prefix: &str) -> Option<Entry> {
        let Message { subject, headers, payload, .. } = &self.message;
        let topic = subject.strip_prefix(prefix)?.strip_prefix('.')?;
        let (topic, content) = envelope::decode(topic, headers.as_ref()?, payload)?;
        let stored_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(self.stamp.0));
        Some(Entry { mark: self.mark, topic, content, stored_at })
    }
}

/// The mark of the entry at this place of the stream.
pub(crate) fn mark(sequence: u64, check: u32) -> Mark {
    Mark { position: Position::new(sequence, 0), check }
}

/// What the subject says to which it would be acknowledged: its place in the stream, when it was
/// stored, and how many come after it. It has nine parts, or three or four more of newer servers.
fn place(reply: &str) -> Option<(u64, Stamp, u64)> {
    let rest = reply.strip_prefix("$JS.ACK.")?;
    let parts: Vec<_> = rest.split('.').collect();
    let counts = if parts.len() == 7 { &parts[2..] } else { parts.get(4..9)? };
    let [_, sequence, _, stamp, pending] = counts else { return None };
    Some((sequence.parse().ok()?, Stamp(stamp.parse().ok()?), pending.parse().ok()?))
}

#[cfg(test)]
mod tests;
