//! Trimming what is too old.

use std::time::Duration;

use redis::{Cmd, Value, cmd};
use tokio::time::Instant;
use tower_sse_hub::Position;

use crate::id;
use crate::reply::array;

/// Trims what is too old, one command at a time: it asks the server what time it is, since ids are of
/// its clock, and trims then.
///
/// It never trims the place it is given, nor what comes after that: without its newest entry, a log
/// could not prove anything.
#[derive(Debug)]
pub(crate) struct Trimmer {
    age: Duration,
    next: Next,
}

#[derive(Debug)]
enum Next {
    /// To ask what time it is.
    Ask(Instant),
    /// To trim all before this millisecond.
    Trim(u64),
}

const RAREST: Duration = Duration::from_secs(30);
const MOST_OFTEN: Duration = Duration::from_secs(1);

impl Trimmer {
    pub(crate) fn new(age: Duration) -> Self {
        Self { age, next: Next::Ask(soon(age)) }
    }

    /// What to send now, if anything.
    pub(crate) fn command(&self, key: &str, upto: Position) -> Option<Cmd> {
        match self.next {
            Next::Ask(due) => (Instant::now() >= due).then(|| cmd("TIME")),
            Next::Trim(before) => {
                // Exactly: what is trimmed about is trimmed at most 10,000 entries at a time.
                let mut trim = cmd("XTRIM");
                let oldest = Position::new(before, 0).min(upto);
                trim.arg(key).arg("MINID").arg("=").arg(id::write(oldest));
                Some(trim)
            }
        }
    }

    /// Takes notice of the answer. If it is an error, it is tried again later; that it is not allowed
    /// is told when the log is opened.
    pub(crate) fn learn(&mut self, reply: Value) {
        let cut = match self.next {
            Next::Ask(_) => {
                millisecond(reply).and_then(|now| now.checked_sub(self.age.as_millis() as u64))
            }
            Next::Trim(_) => None,
        };
        self.next = cut.map_or_else(|| Next::Ask(soon(self.age)), Next::Trim);
    }
}

/// A part of the age from now, and by chance, so that not all nodes come at once.
fn soon(age: Duration) -> Instant {
    let part = (age / 10).clamp(MOST_OFTEN, RAREST);
    Instant::now() + part.mul_f64(0.5 + fastrand::f64() / 2.0)
}

/// Reads seconds and microseconds.
fn millisecond(reply: Value) -> Option<u64> {
    let parts = array(reply).ok()?;
    let number = |part: &Value| match part {
        Value::BulkString(digits) => std::str::from_utf8(digits).ok()?.parse::<u64>().ok(),
        _ => None,
    };
    let [seconds, micros] = parts.as_slice() else { return None };
    Some(number(seconds)? * 1000 + number(micros)? / 1000)
}

#[cfg(test)]
mod tests;
