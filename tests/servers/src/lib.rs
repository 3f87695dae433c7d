//! A log that grows by 200 entries a second and is never lost: it follows from the time at which
//! it began, so whoever serves it may be killed.
//!
//! `server.cjs` and `server.py` beside this crate have the same log.

use std::env;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures_util::{Stream, stream};
use tokio::time::sleep;

/// What clients are asked to wait before they come back.
pub const RETRY: Duration = Duration::from_millis(100);

const EVERY: Duration = Duration::from_millis(5);

/// One entry: its number is the id of its event.
#[derive(Clone, Copy, Debug)]
pub struct Entry(pub u64);

impl Entry {
    /// The data of its event: what a client may get wrong.
    pub fn text(self) -> String {
        let Self(n) = self;
        let lines = [
            format!(" {n} \"two\" 'one' \\ &amp;"),
            format!("\nid: {n}\n: no comment"),
            format!("\t{{\"n\":{n}}} ä 😀 \u{2028}\u{85}\u{b}\0."),
        ];
        lines[..=n as usize % 3].join("\n")
    }

    /// The type of its event, unless it is `message`.
    pub fn name(self) -> Option<&'static str> {
        (self.0 % 2 == 1).then_some("odd")
    }
}

/// The entries after the last one that a client has, those to come as they come.
pub fn log(last_event_id: Option<&str>) -> impl Stream<Item = Entry> + use<> {
    let begin = UNIX_EPOCH + Duration::from_millis(var("START"));
    let last: u64 = last_event_id.map_or(0, |id| id.parse().expect("ids are numbers"));
    stream::unfold(Entry(last + 1), move |entry| async move {
        let due = begin + EVERY.mul_f64(entry.0 as f64);
        if let Ok(wait) = due.duration_since(SystemTime::now()) {
            sleep(wait).await;
        }
        Some((entry, Entry(entry.0 + 1)))
    })
}

/// Where to listen.
pub fn address() -> (&'static str, u16) {
    ("127.0.0.1", var("PORT"))
}

fn var<T: FromStr>(name: &str) -> T {
    let text = env::var(name).ok().and_then(|text| text.parse().ok());
    text.unwrap_or_else(|| panic!("{name} is no number"))
}
