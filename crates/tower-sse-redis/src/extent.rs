//! How far a stream reaches.

use redis::{RedisResult, Value};
use tower_sse_hub::log::Broken;
use tower_sse_hub::{Mark, Position};

use crate::fault;
use crate::reply::{self, Raw, pairs, text, unexpected};
use crate::{envelope, id};

/// How far a stream reaches, as `XINFO STREAM` says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    /// The oldest and the newest entry that are kept.
    pub(crate) oldest: Option<Mark>,
    last: Option<Mark>,
    /// The newest position that was ever given.
    last_position: Position,
    /// How many entries there were that are kept no more.
    gone: u64,
}

impl Extent {
    /// Reads what was answered; that there is no such key is a stream that never had an entry.
    pub(crate) fn read(reply: Value) -> RedisResult<Self> {
        let pairs = match pairs(reply) {
            Err(error) if fault::is_no_key(&error) => return Ok(Self::default()),
            pairs => pairs?,
        };
        let mut extent = Self::default();
        let (mut length, mut added) = (None, None);
        for (name, value) in pairs {
            match (name.as_str(), value) {
                ("length", Value::Int(entries)) => length = Some(entries),
                ("entries-added", Value::Int(entries)) => added = Some(entries),
                ("last-generated-id", value) => {
                    let id = text(value).ok_or_else(unexpected)?;
                    extent.last_position = id::read(id.as_bytes()).ok_or_else(unexpected)?;
                }
                ("first-entry", value) => extent.oldest = mark(value)?,
                ("last-entry", value) => extent.last = mark(value)?,
                _ => {}
            }
        }
        // Redis 7.0 was the first to say how many were added.
        let (Some(length), Some(added)) = (length, added) else { return Err(fault::too_old()) };
        extent.gone = (added - length).unsigned_abs();
        Ok(extent)
    }

    /// The newest entry there ever was. If it was taken away, its place has the check 0.
    pub(crate) fn newest(&self) -> Mark {
        let place = Mark { position: self.last_position, check: 0 };
        self.last.filter(|last| last.position == place.position).unwrap_or(place)
    }

    /// What is missing after this mark, of which the entry is not here.
    pub(crate) fn verdict(&self, after: Mark) -> Option<Broken> {
        if after == Mark::default() {
            return (self.gone > 0).then_some(Broken::Trimmed);
        }
        if after == self.newest() {
            return None;
        }
        let is_before = self.oldest.is_none_or(|oldest| after.position < oldest.position);
        // Where nothing has gone since the stream began, it was never in this stream.
        let is_trimmed = is_before && after.position <= self.last_position && self.gone > 0;
        Some(if is_trimmed { Broken::Trimmed } else { Broken::Reset })
    }
}

fn mark(entry: Value) -> RedisResult<Option<Mark>> {
    if matches!(entry, Value::Nil) {
        return Ok(None);
    }
    let Raw { position, fields } = reply::entry(entry)?;
    Ok(Some(Mark { position, check: envelope::check(&fields) }))
}

#[cfg(test)]
mod tests;
