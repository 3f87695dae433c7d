//! How an event is printed.

use std::env;
use std::fmt::Write;
use std::io::{IsTerminal, stdout};

use serde::Serialize;
use tower_sse_client::{Event, EventId};

use crate::args::Colour;

/// Prints events: for people on a terminal, and a line of JSON each in a pipe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Printer {
    Json,
    People { coloured: bool },
}

/// An event as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Line<'a> {
    r#type: &'a str,
    data: &'a str,
    /// The id that came with this very event.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    /// What `--from` takes to go on after this event.
    last_event_id: &'a str,
}

const CYAN: &str = "\x1b[1;36m";
const DIM: &str = "\x1b[2m";
const PLAIN: &str = "\x1b[0m";

impl Printer {
    /// A printer for stdout as it is.
    pub(crate) fn new(colour: Colour) -> Self {
        let is_terminal = stdout().is_terminal();
        match colour {
            Colour::Always => Self::People { coloured: true },
            _ if !is_terminal => Self::Json,
            Colour::Never => Self::People { coloured: false },
            Colour::Auto => Self::People { coloured: !is_set("NO_COLOR") && !is_dumb() },
        }
    }

    /// What to print, with the line end.
    pub(crate) fn line(self, event: &Event, last_event_id: &str) -> String {
        let name = event.event_type();
        let data = event.data().unwrap_or_default();
        let id = event.id().map(EventId::as_str);
        match self {
            Self::Json => {
                let line = Line { r#type: name, data, id, last_event_id };
                serde_json::to_string(&line).expect("text is JSON") + "\n"
            }
            Self::People { coloured } => for_people(name, id, data, coloured),
        }
    }
}

/// The name, the id if there is one, and the data: beside them if it is one line, below if more.
fn for_people(name: &str, id: Option<&str>, data: &str, coloured: bool) -> String {
    let [cyan, dim, plain] = if coloured { [CYAN, DIM, PLAIN] } else { [""; 3] };
    let mut text = format!("{cyan}{}{plain}", visible(name));
    if let Some(id) = id {
        write!(text, " {dim}#{}{plain}", visible(id)).expect("a string takes all");
    }
    let before = if data.contains('\n') { "\n    " } else { "  " };
    for line in data.split('\n') {
        text += before;
        text += &visible(line);
    }
    text.truncate(text.trim_end_matches(' ').len());
    text + "\n"
}

/// A server must not move the cursor or name the window: what would is spelled out.
fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\t' => shown.push('\t'),
            control if control.is_control() => shown.extend(control.escape_unicode()),
            character => shown.push(character),
        }
    }
    shown
}

/// Whether a variable is there and says something (<https://no-color.org>).
fn is_set(name: &str) -> bool {
    env::var_os(name).is_some_and(|value| !value.is_empty())
}

/// Whether the terminal takes no escape sequences.
pub(crate) fn is_dumb() -> bool {
    env::var_os("TERM").is_some_and(|term| term == "dumb")
}

#[cfg(test)]
mod tests;
