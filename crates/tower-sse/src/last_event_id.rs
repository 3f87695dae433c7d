//! Reading `Last-Event-ID` from a request.

use http::HeaderMap;
use percent_encoding::percent_decode;
use tower_sse_codec::LastEventId;

/// Reads the `Last-Event-ID` header.
///
/// Never fails: see [`LastEventId`] for what is absent and what is unusable.
pub fn last_event_id(headers: &HeaderMap) -> LastEventId {
    headers
        .get("last-event-id")
        .map_or(LastEventId::Absent, |id| LastEventId::from_bytes(id.as_bytes()))
}

/// What was sent by header, or else by the parameter `name` of the query, for clients that cannot
/// set a header on their first request.
///
/// The header comes first: an `EventSource` repeats its first URL on every reconnect, so the
/// parameter is old by then. The query is read as a form is (URL standard, section 5.1).
///
/// ```
/// # use http::{HeaderMap, Uri};
/// # use tower_sse::{LastEventId, last_event_id, or_query};
/// let uri = Uri::from_static("/events?last=a%20b");
/// let last = or_query(last_event_id(&HeaderMap::new()), uri.query().unwrap_or(""), "last");
/// assert_eq!(last.id().unwrap().as_str(), "a b");
/// ```
pub fn or_query(sent: LastEventId, query: &str, name: &str) -> LastEventId {
    if sent != LastEventId::Absent {
        return sent;
    }
    query
        .split('&')
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .find(|(key, _)| decode(key) == name.as_bytes())
        .map_or(LastEventId::Absent, |(_, value)| LastEventId::from_bytes(&decode(value)))
}

fn decode(text: &str) -> Vec<u8> {
    percent_decode(text.replace('+', " ").as_bytes()).collect()
}

#[cfg(test)]
mod tests;
