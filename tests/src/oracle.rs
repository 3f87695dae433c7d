//! The decoder that judges: the standard's rules read aloud, over a whole body at once.
//!
//! It is slow and plain on purpose, and shares nothing with the decoders and encoders that it
//! judges. Source: WHATWG HTML, sections 9.2.5 (parsing) and 9.2.6 (interpreting).

use serde::Deserialize;

/// What a client has seen after a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Decoded {
    /// The events that were dispatched.
    pub events: Vec<Dispatched>,
    /// What the client would send as `Last-Event-ID` if it reconnected now.
    pub last_event_id: String,
    /// The last valid `retry`, in milliseconds; beyond 64 bits, the largest number.
    pub retry_ms: Option<u64>,
    /// The text of each comment line after its colon, to the letter.
    #[serde(default, rename = "comment_lines")]
    pub comments: Vec<String>,
}

/// One dispatched event, as a listener sees it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Dispatched {
    /// The type, `message` when the stream named none.
    #[serde(rename = "type")]
    pub name: String,
    /// The data, its lines joined by LF.
    pub data: String,
    /// The last event id at that time.
    pub id: String,
}

/// Decodes a whole body, as a client that has no last event id yet.
pub fn decode(body: &[u8]) -> Decoded {
    decode_after("", body)
}

/// Decodes a whole body, as a client that has reconnected with this last event id.
pub fn decode_after(last_event_id: &str, body: &[u8]) -> Decoded {
    let text = String::from_utf8_lossy(body);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);

    let mut seen = Decoded { last_event_id: last_event_id.to_owned(), ..Decoded::default() };
    let mut data = String::new();
    let mut name = String::new();
    let mut id = last_event_id.to_owned();

    for line in terminated_lines(text) {
        if line.is_empty() {
            seen.last_event_id = id.clone();
            // Every data line has put an LF here, so empty means that there was none.
            if let Some(data) = data.strip_suffix('\n') {
                let name = if name.is_empty() { "message" } else { &name };
                seen.events.push(Dispatched {
                    name: name.to_owned(),
                    data: data.to_owned(),
                    id: id.clone(),
                });
            }
            data.clear();
            name.clear();
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        if line.starts_with(':') {
            seen.comments.push(value.to_owned());
            continue;
        }
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value.to_owned(),
            "data" => data = data + value + "\n",
            "id" if value.contains('\0') => {}
            "id" => id = value.to_owned(),
            "retry" if value.is_empty() => {}
            "retry" if value.bytes().all(|byte| byte.is_ascii_digit()) => {
                seen.retry_ms = Some(value.parse().unwrap_or(u64::MAX));
            }
            _ => {}
        }
    }
    // What is left in the buffers is a block without its empty line: discarded, its id too.
    seen
}

/// The lines that CR LF, CR or LF ends; text after the last of them is no line.
fn terminated_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut rest = text;
    while let Some(end) = rest.find(['\r', '\n']) {
        lines.push(&rest[..end]);
        let terminator = if rest[end..].starts_with("\r\n") { 2 } else { 1 };
        rest = &rest[end + terminator..];
    }
    lines
}

#[cfg(test)]
mod tests;
