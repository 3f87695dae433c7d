//! Whether a client takes an event stream.

use http::{HeaderMap, header};

/// Whether the `Accept` headers take `text/event-stream` (RFC 9110, section 12.5.1): the most
/// specific range that covers it decides, and no header at all takes everything.
pub(crate) fn accepts_event_stream(headers: &HeaderMap) -> bool {
    let mut best: Option<(usize, bool)> = None;
    for value in headers.get_all(header::ACCEPT) {
        for range in String::from_utf8_lossy(value.as_bytes()).split(',') {
            let mut parts = range.split(';').map(|part| part.trim().to_ascii_lowercase());
            let specific = match parts.next().as_deref() {
                Some("text/event-stream") => 2,
                Some("text/*") => 1,
                Some("*/*") => 0,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=")?.trim().parse::<f32>().ok());
            let taken = weight.is_none_or(|weight| weight > 0.0);
            if best.is_none_or(|(than, _)| specific > than) {
                best = Some((specific, taken));
            }
        }
    }
    best.map_or(!headers.contains_key(header::ACCEPT), |(_, taken)| taken)
}

#[cfg(test)]
mod tests;
