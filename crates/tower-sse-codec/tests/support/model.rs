//! What the oracle does not know, as plainly: limits, blocks without data, and after which byte
//! each item must be out.
//!
//! It reads a whole body, line by line. Source: WHATWG HTML, sections 9.2.5 and 9.2.6, and the
//! documentation of `Decoder` for the limits.

use std::time::Duration;

use tower_sse_codec::Decoder;

use super::observed::{Block, Item, Limit, Observed};

/// The limits of a decoder, in bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) line: usize,
    pub(crate) event: usize,
}

/// What must come out of a body.
#[derive(Clone, Debug)]
pub(crate) struct Model {
    /// The items, each with the number of bytes after which it is out.
    pub(crate) items: Vec<(usize, Item)>,
    /// The last event id and the retry at the end.
    end: (String, Option<Duration>),
    /// Whether that is all. The model gives up in a block that is too long as replaced text: what
    /// of it is replaced, and when, is not said.
    pub(crate) whole: bool,
}

struct Line<'b> {
    start: usize,
    bytes: &'b [u8],
    ended: bool,
}

impl Limits {
    pub(crate) fn decoder(self) -> Decoder {
        Decoder::new().with_max_line(self.line).with_max_event(self.event)
    }

    /// The first limit that `line` passes in a block that has had `used` bytes, and where.
    fn passed(self, used: usize, line: &Line<'_>) -> Option<(usize, Limit)> {
        if line.bytes.is_empty() {
            // It ends the block and is no part of it.
            return None;
        }
        let of_line = (line.bytes.len() > self.line)
            .then(|| (line.start + self.line + 1, Limit::Line(self.line)));
        // A line needs the byte for its end from its first byte on, whether it has come or not.
        let of_event = (used + line.bytes.len() + 1 > self.event)
            .then(|| (line.start + (self.event - used).max(1), Limit::Event(self.event)));
        // The same byte can pass both: then it is the line that is named.
        of_line.into_iter().chain(of_event).min_by_key(|(at, _)| *at)
    }
}

impl Model {
    pub(crate) fn of(body: &[u8], limits: Limits, last_event_id: &str) -> Self {
        let mut model =
            Self { items: Vec::new(), end: (last_event_id.to_owned(), None), whole: true };
        let (last_event_id, last_retry) = &mut model.end;
        let mut block = Block::default();
        let mut used = 0;
        let mut used_as_text = 0;
        let mut skips = false;

        for line in lines(body) {
            let at = line.start + line.bytes.len() + 1;
            let is_empty = line.ended && line.bytes.is_empty();
            if skips {
                skips = !is_empty;
                continue;
            }
            let text = String::from_utf8_lossy(line.bytes);
            let as_text = used_as_text + text.len() + 1;
            if as_text > limits.event && as_text > used + line.bytes.len() + 1 {
                model.whole = false;
                break;
            }
            if let Some((at, limit)) = limits.passed(used, &line) {
                model.items.push((at, Item::TooLong(limit)));
                (block, used, used_as_text, skips) = (Block::default(), 0, 0, true);
                continue;
            }
            if !line.ended {
                break;
            }
            if is_empty {
                if let Some(id) = &block.id {
                    last_event_id.clone_from(id);
                }
                block.name = block.name.filter(|name| !name.is_empty() && name != "message");
                if block != Block::default() {
                    block.last_event_id.clone_from(last_event_id);
                    model.items.push((at, Item::Event(block)));
                }
                (block, used, used_as_text) = (Block::default(), 0, 0);
                continue;
            }
            used += line.bytes.len() + 1;
            used_as_text += text.len() + 1;
            let (field, value) = text.split_once(':').unwrap_or((&text, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match field {
                "" => {
                    model.items.push((at, Item::Comment(value.to_owned())));
                    append(&mut block.comment, value);
                }
                "data" => append(&mut block.data, value),
                "event" => block.name = Some(value.to_owned()),
                "id" if !value.contains('\0') => block.id = Some(value.to_owned()),
                "retry" if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) => {
                    block.retry = Some(Duration::from_millis(value.parse().unwrap_or(u64::MAX)));
                    *last_retry = block.retry;
                }
                _ => {}
            }
        }
        model
    }

    /// Judges what a decoder has shown.
    #[track_caller]
    pub(crate) fn check(&self, seen: &Observed) {
        let items: Vec<Item> = self.items.iter().map(|(_, item)| item.clone()).collect();
        if self.whole {
            let (last_event_id, retry) = self.end.clone();
            assert_eq!(*seen, Observed { items, last_event_id, retry });
        } else {
            assert!(seen.items.starts_with(&items), "{seen:?} does not start as {self:?}");
        }
    }
}

fn append(lines: &mut Option<String>, line: &str) {
    match lines {
        Some(lines) => *lines = format!("{lines}\n{line}"),
        None => *lines = Some(line.to_owned()),
    }
}

/// The lines of a body, the last one even if nothing ends it.
fn lines(body: &[u8]) -> Vec<Line<'_>> {
    let mut lines = Vec::new();
    let mut start = if body.starts_with(b"\xEF\xBB\xBF") { 3 } else { 0 };
    while start < body.len() {
        let rest = &body[start..];
        let len = rest.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
        lines.push(Line { start, bytes: &rest[..len.unwrap_or(rest.len())], ended: len.is_some() });
        let len = len.unwrap_or(rest.len());
        start += len + if rest[len..].starts_with(b"\r\n") { 2 } else { 1 };
    }
    lines
}
