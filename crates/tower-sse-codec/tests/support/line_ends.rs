//! What becomes of line ends on the wire.

use tower_sse_codec::Event;

/// Each CR and CRLF as the LF that a decoder hands out for it.
pub(crate) fn with_lf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What must come back for this event: nothing for an event with nothing set.
pub(crate) fn read_back(event: &Event) -> Option<Event> {
    let mut back = event.clone();
    if let Some(data) = event.data() {
        back = back.with_data(with_lf(data));
    }
    if let Some(comment) = event.comment() {
        back = back.with_comment(with_lf(comment));
    }
    (back != Event::default()).then_some(back)
}
