//! Events as users make them, and what the wire makes of them.

use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use tower_sse_codec::{Event, EventId, EventName};

/// Text as users have it, rich in what means something to the format.
pub(crate) fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\r"),
        Just("\n"),
        Just("\r\n"),
        Just(":"),
        Just(" "),
        Just("\0"),
        Just("\u{FEFF}"),
        Just("data: x"),
        Just("event:"),
        Just("id:"),
        Just("\u{2028}"),
        Just("\u{85}"),
        Just("é"),
    ];
    vec(prop_oneof![piece.prop_map(str::to_owned), any::<String>()], 0..8).prop_map(|v| v.concat())
}

/// An event of which each part may be set or not.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    let id = text().prop_map(|text| EventId::new(text).ok());
    let name = text().prop_map(|text| EventName::new(text).ok());
    let retry = option::of(any::<u64>().prop_map(Duration::from_micros));
    let parts = (option::of(text()), name, id, retry, option::of(text()));
    parts.prop_map(|(data, name, id, retry, comment)| {
        let mut event = Event::default();
        if let Some(data) = data {
            event = event.with_data(data);
        }
        if let Some(name) = name {
            event = event.with_name(name);
        }
        if let Some(id) = id {
            event = event.with_id(id);
        }
        if let Some(retry) = retry {
            event = event.with_retry(retry);
        }
        if let Some(comment) = comment {
            event = event.with_comment(comment);
        }
        event
    })
}
