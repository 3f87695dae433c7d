//! Appending.

use std::time::Duration;

use redis::{Cmd, RedisResult, Value};
use tower_sse_hub::Mark;
use tower_sse_hub::log::{AppendError, Appended, Content, NewEntry};

use crate::lines::Lines;
use crate::reply::{text, unexpected};
use crate::settings::Settings;
use crate::{envelope, fault, id};

/// Appends an entry if its message id is not known, in one step. What is known of an id is where its
/// entry is, and its check.
const ONCE: &str = "\
local known = redis.call('GET', KEYS[2])
if known then return known end
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', unpack(ARGV, 4))
redis.call('SET', KEYS[2], id .. ' ' .. ARGV[3], 'PX', ARGV[2])
return id";

pub(crate) async fn append(
    lines: &Lines,
    settings: &Settings,
    entry: NewEntry,
) -> Result<Appended, AppendError> {
    if len(&entry) > settings.max_event {
        return Err(AppendError::too_large());
    }
    let check = fastrand::u32(1..);
    let Some(command) = command(settings, check, &entry) else {
        return Err(AppendError::refused("nobody knows how to write it"));
    };
    let mut lease = lines.to_append(settings.patience).await.map_err(fault::unsent)?;
    let reply = command.query_async(&mut lease.connection).await;
    let reply = lines.appends.settle(lease.nth(), reply).await.map_err(fault::of_append)?;
    appended(reply, check).map_err(fault::of_append)
}

/// How many bytes there are to be stored, about.
fn len(entry: &NewEntry) -> usize {
    let event = match &entry.content {
        Content::Event(event) => event.encoded_len(),
        _ => 0,
    };
    event + entry.message_id.as_ref().map_or(0, |id| id.len())
}

fn command(settings: &Settings, check: u32, entry: &NewEntry) -> Option<Cmd> {
    let key = &*settings.key;
    let mut command = Cmd::new();
    match &entry.message_id {
        None => command.arg("XADD").arg(key).arg("MAXLEN").arg("~").arg(settings.count).arg("*"),
        Some(message_id) => {
            let window = settings.dedupe.max(Duration::from_millis(1)).as_millis();
            command
                .arg("EVAL")
                .arg(ONCE)
                .arg(2)
                .arg(key)
                .arg(id_key(key, message_id))
                .arg(settings.count)
                .arg(window as u64)
                .arg(check)
        }
    };
    envelope::write(&mut command, check, entry)?;
    Some(command)
}

/// The key that knows a message id. A cluster has it where the log is.
fn id_key(key: &str, message_id: &str) -> String {
    if key.contains('{') {
        format!("{key}:id:{message_id}")
    } else {
        format!("{{{key}}}:id:{message_id}")
    }
}

/// Reads where it was stored, now or before.
fn appended(reply: Value, check: u32) -> RedisResult<Appended> {
    let text = text(reply).ok_or_else(unexpected)?;
    let (place, known) = match text.split_once(' ') {
        Some((place, check)) => (place, Some(check.parse().map_err(|_| unexpected())?)),
        None => (text.as_str(), None),
    };
    let position = id::read(place.as_bytes()).ok_or_else(unexpected)?;
    let mark = Mark { position, check: known.unwrap_or(check) };
    Ok(Appended { mark, duplicate: known.is_some() })
}
