//! How an entry is written into a message, and read from it.

use std::time::Duration;

use async_nats::header::NATS_MESSAGE_ID;
use async_nats::{HeaderMap, HeaderValue};
use bytes::Bytes;
use tower_sse_hub::log::{Content, NewEntry};
use tower_sse_hub::{Event, EventName, TopicName};

use crate::token::{escape, unescape};

/// Which way of writing it is. A message of another is skipped.
const VERSION: &str = "Sse-V";
const THIS_VERSION: &str = "1";

/// By what the entry is told from another that got its position: eight digits, by chance.
const CHECK: &str = "Sse-Check";

/// What it is, if it is not an event with data.
const KIND: &str = "Sse-Kind";
const END: &str = "end";
const NO_DATA: &str = "no-data";

/// The name of the event, escaped as a topic is.
const NAME: &str = "Sse-Event";

/// The retry of the event, in milliseconds.
const RETRY: &str = "Sse-Retry";

/// How many bytes at the end of the payload are a comment. What comes before is the data.
const COMMENT: &str = "Sse-Comment";

/// The entry as a message: its subject is the prefix and [`escape`]d topic.
pub(crate) fn encode(entry: &NewEntry, check: u32) -> (HeaderMap, Bytes) {
    let mut headers = HeaderMap::new();
    headers.insert(VERSION, THIS_VERSION);
    headers.insert(CHECK, digits_of(check));
    if let Some(id) = &entry.message_id {
        headers.insert(NATS_MESSAGE_ID, escape(id));
    }
    let Content::Event(event) = &entry.content else {
        headers.insert(KIND, END);
        return (headers, Bytes::new());
    };
    if event.data().is_none() {
        headers.insert(KIND, NO_DATA);
    }
    if let Some(name) = event.name() {
        headers.insert(NAME, escape(name.as_str()));
    }
    if let Some(retry) = event.retry() {
        headers.insert(RETRY, retry.as_millis().to_string());
    }
    if let Some(comment) = event.comment() {
        headers.insert(COMMENT, comment.len().to_string());
    }
    let parts = [event.data().unwrap_or_default(), event.comment().unwrap_or_default()];
    (headers, parts.concat().into())
}

/// What a message says, if it was written here and in this way.
pub(crate) fn decode(
    topic: &str,
    headers: &HeaderMap,
    payload: &[u8],
) -> Option<(TopicName, Content)> {
    if header(headers, VERSION)? != THIS_VERSION {
        return None;
    }
    let topic = TopicName::new(unescape(topic)?).ok()?;
    let has_data = match header(headers, KIND) {
        None => true,
        Some(NO_DATA) => false,
        Some(END) => return Some((topic, Content::End)),
        Some(_) => return None,
    };
    let comment_len = match header(headers, COMMENT) {
        Some(len) => Some(len.parse::<usize>().ok()?),
        None => None,
    };
    let text = str::from_utf8(payload).ok()?;
    let data_len = text.len().checked_sub(comment_len.unwrap_or_default())?;
    let (data, comment) = text.split_at_checked(data_len)?;
    let mut event = Event::default();
    if has_data {
        event = event.with_data(data);
    }
    if comment_len.is_some() {
        event = event.with_comment(comment);
    }
    if let Some(name) = header(headers, NAME) {
        event = event.with_name(EventName::new(unescape(name)?).ok()?);
    }
    if let Some(retry) = header(headers, RETRY) {
        event = event.with_retry(Duration::from_millis(retry.parse().ok()?));
    }
    Some((topic, Content::Event(event)))
}

/// The check of a message, whatever its version: who writes another way still writes this.
pub(crate) fn check(headers: &HeaderMap) -> Option<u32> {
    let digits = header(headers, CHECK)?;
    let check = u32::from_str_radix(digits, 16).ok()?;
    (check != 0 && digits_of(check) == digits).then_some(check)
}

fn digits_of(check: u32) -> String {
    format!("{check:08x}")
}

/// A new check. Zero is that of a place where no entry is.
pub(crate) fn new_check() -> u32 {
    fastrand::u32(1..)
}

fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Option<&'a str> {
    headers.get(name).map(HeaderValue::as_str)
}

#[cfg(test)]
mod tests;
