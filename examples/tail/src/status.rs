//! The line at the bottom of the terminal.

use std::io::{IsTerminal, Write, stderr};

use tokio::time::{Duration, Instant};
use tower_sse_client::Update;

use crate::end::chain;
use crate::print::is_dumb;

/// The line at the bottom of the terminal, on stderr. It goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Status {
    is_on: bool,
    /// What stands there now; nothing while it is hidden.
    drawn: String,
    figures: Figures,
}

#[derive(Clone, Debug, PartialEq)]
struct Figures {
    state: State,
    events: u64,
    bytes: u64,
    reconnects: u64,
    rate: f64,
    /// When the rate was last counted, and how many events there were then.
    counted: (Instant, u64),
}

#[derive(Clone, Debug, PartialEq)]
enum State {
    Connecting,
    Open,
    Waiting { until: Instant, reason: String },
}

// Without wrapping the terminal cuts what is too long, so that there is one line to take away.
const BEGIN: &str = "\r\x1b[K\x1b[?7l";
const END: &str = "\x1b[?7h";
const ERASE: &str = "\r\x1b[K";

impl Status {
    pub(crate) fn new() -> Self {
        let is_on = stderr().is_terminal() && !is_dumb();
        Self { is_on, drawn: String::new(), figures: Figures::new(Instant::now()) }
    }

    pub(crate) fn is_on(&self) -> bool {
        self.is_on
    }

    pub(crate) fn handle(&mut self, update: &Update) {
        self.figures.handle(update, Instant::now());
    }

    pub(crate) fn draw(&mut self) {
        let now = Instant::now();
        self.figures.count(now);
        let line = self.figures.at(now);
        if line != self.drawn {
            self.write(&format!("{BEGIN}{line}{END}"));
            self.drawn = line;
        }
    }

    pub(crate) fn hide(&mut self) {
        if !self.drawn.is_empty() {
            self.write(ERASE);
            self.drawn.clear();
        }
    }

    fn write(&self, text: &str) {
        // A terminal that is gone shows nothing, and nothing is missed.
        let _ = stderr().write_all(text.as_bytes());
    }
}

impl Drop for Status {
    fn drop(&mut self) {
        self.hide();
    }
}

impl Figures {
    fn new(now: Instant) -> Self {
        let state = State::Connecting;
        Self { state, events: 0, bytes: 0, reconnects: 0, rate: 0.0, counted: (now, 0) }
    }

    fn handle(&mut self, update: &Update, now: Instant) {
        match update {
            Update::Open(_) => self.state = State::Open,
            Update::Event(event) => {
                self.events += 1;
                self.bytes += event.data().map_or(0, str::len) as u64;
            }
            Update::Reconnect { error, wait } => {
                self.reconnects += 1;
                self.state = State::Waiting { until: now + *wait, reason: chain(error) };
            }
            _ => {}
        }
    }

    /// Counts the rate anew, once a second.
    fn count(&mut self, now: Instant) {
        let (since, before) = self.counted;
        let time = now - since;
        if time >= Duration::from_secs(1) {
            self.rate = (self.events - before) as f64 / time.as_secs_f64();
            self.counted = (now, self.events);
        }
    }

    /// The line as it is now.
    fn at(&self, now: Instant) -> String {
        let (state, reason) = match &self.state {
            State::Open => ("open".to_owned(), ""),
            State::Waiting { until, reason } if *until > now => {
                (format!("waiting {:.1} s", (*until - now).as_secs_f64()), &**reason)
            }
            State::Waiting { reason, .. } => ("connecting".to_owned(), &**reason),
            State::Connecting => ("connecting".to_owned(), ""),
        };
        let Self { events, rate, reconnects, .. } = self;
        let size = size(self.bytes);
        // What may be cut comes last.
        let line = format!(
            "{state} | events {events} | {rate:.0}/s | {size} | reconnects {reconnects} | {reason}"
        );
        line.trim_end_matches([' ', '|']).to_owned()
    }
}

/// A number of bytes, short.
fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB", "EB"];
    let mut size = bytes as f64;
    let mut name = "B";
    for unit in units {
        if size < 1000.0 {
            break;
        }
        (size, name) = (size / 1000.0, unit);
    }
    if name == "B" { format!("{bytes} B") } else { format!("{size:.1} {name}") }
}

#[cfg(test)]
mod tests;
