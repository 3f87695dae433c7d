//! Reading `Last-Event-ID` from a request.

use http::{HeaderMap, Uri};
use percent_encoding::percent_decode;
use tower_sse_codec::LastEventId;

/// Reads the `Last-Event-ID` header.
///
/// Never fails: see [`LastEventId`] for what is absent and what is unusable.
pub fn last_event_id(headers: &HeaderMap) -> LastEventId {
    headers
        .get("last-event-id")
        .map_or(LastEventId::Absent, |id| {
            LastEventId::from_bytes(id.as_bytes())
        })
}

/// Reads the `Last-Event-ID` header, or else the query parameter `name`, for clients that cannot
/// set a header on their first request.
///
/// The header comes first: an `EventSource` repeats its first URL on every reconnect, so the
/// parameter is old by then.
///
/// ```
/// # use http::{HeaderMap, Uri};
/// # use tower_sse::{LastEventId, last_event_id_or_query};
/// let uri = Uri::from_static("/events?last-event-id=a%20b");
/// let last = last_event_id_or_query(&HeaderMap::new(), &uri, "last-event-id");
/// assert_eq!(last.id().unwrap().as_str(), "a b");
/// ```
pub fn last_event_id_or_query(headers: &HeaderMap, uri: &Uri, name: &str) -> LastEventId {
    match last_event_id(headers) {
        LastEventId::Absent => from_query(uri.query().unwrap_or_default(), name),
        sent => sent,
    }
}

/// The first parameter of this name, as a form encodes it (URL standard, section 5.1).
fn from_query(query: &str, name: &str) -> LastEventId {
    let decode = |text: &str| -> Vec<u8> {
        let spaced: Vec<u8> = text
            .bytes()
            .map(|b| if b == b'+' { b' ' } else { b })
            .collect();
        percent_decode(&spaced).collect()
    };
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(key, _)| decode(key) == name.as_bytes())
        .map_or(LastEventId::Absent, |(_, value)| {
            LastEventId::from_bytes(&decode(value))
        })
}

#[cfg(test)]
mod tests;
