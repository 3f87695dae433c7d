//! How an entry is written.

use std::time::{Duration, SystemTime};

use redis::{Cmd, Value};
use tower_sse_hub::log::{Content, Entry, NewEntry};
use tower_sse_hub::{Event, EventName, Mark, TopicName};

use crate::reply::Raw;

/// What is written now. What has another version is somebody else's.
const VERSION: &[u8] = b"1";

const END: &[u8] = b"end";

/// Of what is in an entry, these may be empty or not be there.
const DATA: u8 = b'd';
const COMMENT: u8 = b'c';

/// The fields of an entry, beside its check.
#[derive(Default)]
struct Fields {
    version: Vec<u8>,
    kind: Vec<u8>,
    topic: Vec<u8>,
    name: Vec<u8>,
    retry: Vec<u8>,
    comment: Vec<u8>,
    data: Vec<u8>,
}

/// Writes an entry, if it is known how: always all fields, in this order, so that Redis stores their
/// names once for many entries.
pub(crate) fn write(command: &mut Cmd, check: u32, entry: &NewEntry) -> Option<()> {
    let nothing = Event::default();
    let mut kind = Vec::new();
    let event = match &entry.content {
        Content::Event(event) => {
            kind.extend(event.data().map(|_| DATA));
            kind.extend(event.comment().map(|_| COMMENT));
            event
        }
        Content::End => {
            kind.extend(END);
            &nothing
        }
        _ => return None,
    };
    let retry = event.retry().map_or_else(String::new, |retry| retry.as_millis().to_string());
    command
        .arg(b"v")
        .arg(VERSION)
        .arg(b"c")
        .arg(check)
        .arg(b"k")
        .arg(kind)
        .arg(b"t")
        .arg(entry.topic.as_str())
        .arg(b"e")
        .arg(event.name().map_or("", EventName::as_str))
        .arg(b"r")
        .arg(retry)
        .arg(b"x")
        .arg(event.comment().unwrap_or_default())
        .arg(b"d")
        .arg(event.data().unwrap_or_default());
    Some(())
}

/// Where an entry is, and what it says, if it was written as it is here.
pub(crate) fn read(raw: Raw) -> (Mark, Option<Entry>) {
    let Raw { position, fields } = raw;
    let mark = Mark { position, check: check(&fields) };
    let stored_at = SystemTime::UNIX_EPOCH.checked_add(Duration::from_millis(position.first()));
    let said = if mark.check == 0 { None } else { Fields::of(fields).content() };
    let entry = said.map(|(topic, content)| Entry { mark, topic, content, stored_at });
    (mark, entry)
}

/// The check among these fields, whatever their version; 0, which we never write, if there is none.
pub(crate) fn check(fields: &[Value]) -> u32 {
    let is_check = |name: &Value| matches!(name, Value::BulkString(name) if name == b"c");
    let pair = fields.chunks_exact(2).rfind(|pair| is_check(&pair[0]));
    match pair {
        Some([_, Value::BulkString(digits)]) => number(digits).unwrap_or(0),
        _ => 0,
    }
}

impl Fields {
    /// Those that are known; a newer version may have more.
    fn of(values: Vec<Value>) -> Self {
        let mut fields = Self::default();
        let mut values = values.into_iter();
        while let Some((name, value)) = values.next().zip(values.next()) {
            let (Value::BulkString(name), Value::BulkString(value)) = (name, value) else {
                continue;
            };
            let field = match name.as_slice() {
                b"v" => &mut fields.version,
                b"k" => &mut fields.kind,
                b"t" => &mut fields.topic,
                b"e" => &mut fields.name,
                b"r" => &mut fields.retry,
                b"x" => &mut fields.comment,
                b"d" => &mut fields.data,
                _ => continue,
            };
            *field = value;
        }
        fields
    }

    fn content(self) -> Option<(TopicName, Content)> {
        if self.version != VERSION {
            return None;
        }
        let topic = TopicName::new(text(self.topic)?).ok()?;
        if self.kind == END {
            return Some((topic, Content::End));
        }
        if self.kind.iter().any(|part| ![DATA, COMMENT].contains(part)) {
            return None;
        }
        let mut event = Event::default();
        if self.kind.contains(&DATA) {
            event = event.with_data(text(self.data)?);
        }
        if self.kind.contains(&COMMENT) {
            event = event.with_comment(text(self.comment)?);
        }
        if !self.name.is_empty() {
            event = event.with_name(EventName::new(text(self.name)?).ok()?);
        }
        if !self.retry.is_empty() {
            event = event.with_retry(Duration::from_millis(number(&self.retry)?));
        }
        Some((topic, Content::Event(event)))
    }
}

fn text(bytes: Vec<u8>) -> Option<String> {
    String::from_utf8(bytes).ok()
}

fn number<T: std::str::FromStr>(digits: &[u8]) -> Option<T> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
