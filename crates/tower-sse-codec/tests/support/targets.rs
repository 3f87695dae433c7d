//! What is fuzzed: each target takes any bytes, and panics when a promise is broken.

use std::time::Duration;

use bytes::BytesMut;
use conformance::oracle;
use tower_sse_codec::{Decoder, Event, EventId, EventName, LastEventId};

use super::line_ends::read_back;
use super::model::{Limits, Model};
use super::observed::{Block, Item, Observed, arrivals, without_space};
use super::pieces;

/// A stream, decoded in many ways: the first three bytes choose its limits and where it is cut.
pub(crate) fn decode(bytes: &[u8]) {
    let Some((&[line, event, cut], body)) = bytes.split_first_chunk() else { return };
    // A limit of less than three may be passed by what could still become a BOM: nobody can say yet.
    let or_default = |limit, default| if limit == 0 { default } else { usize::from(limit).max(3) };
    let limits = Limits {
        line: or_default(line, Decoder::MAX_LINE),
        event: or_default(event, Decoder::MAX_EVENT),
    };

    let seen = Observed::of(limits.decoder(), [body]);
    let model = Model::of(body, limits, "");
    model.check(&seen);
    is_within(limits, &seen);
    if (limits.line, limits.event) == (Decoder::MAX_LINE, Decoder::MAX_EVENT) {
        assert_eq!(seen.decoded(), without_space(oracle::decode(body)));
    }

    let (head, tail) = body.split_at(body.len() * usize::from(cut) / 255);
    assert_eq!(Observed::of(limits.decoder(), body.chunks(1)), seen);
    assert_eq!(Observed::of(limits.decoder(), [head, b"", tail]), seen);
    let lengths: Vec<usize> = (0..body.len()).map(|n| (n + usize::from(cut)) % 7).collect();
    assert_eq!(Observed::of(limits.decoder(), pieces::of_lengths(body, &lengths)), seen);

    let came = arrivals(limits.decoder(), body);
    let due: Vec<usize> = model.items.iter().map(|(at, _)| *at).collect();
    assert!(came.starts_with(&due), "{came:?}, and were due at {due:?}");
    reconnects(limits, head, body);
}

/// Whatever a decoder has seen of the last connection, the next one starts afresh.
fn reconnects(limits: Limits, before: &[u8], after: &[u8]) {
    let mut decoder = limits.decoder();
    Observed::default().feed(&mut decoder, before);
    let retry = decoder.retry();
    decoder.reconnect();
    assert_eq!(decoder.retry(), retry);

    let id = EventId::new(decoder.last_event_id()).expect("an id off the wire is an id");
    let mut afresh = Observed::of(limits.decoder().with_last_event_id(&id), [after]);
    afresh.retry = afresh.retry.or(retry);
    assert_eq!(Observed::of(decoder, [after]), afresh);
}

/// No text that is handed out is longer than what may be held for it.
fn is_within(limits: Limits, seen: &Observed) {
    for item in &seen.items {
        let held = match item {
            Item::Comment(text) => text.len(),
            Item::Event(Block { data, name, id, comment, .. }) => {
                [data, name, id, comment].into_iter().flatten().map(String::len).sum()
            }
            Item::TooLong(_) => 0,
        };
        assert!(held <= limits.event, "{held} bytes in {item:?}");
    }
}

/// Events made of the bytes, written and read back.
pub(crate) fn round_trip(bytes: &[u8]) {
    let events = events(bytes);
    let mut wire = BytesMut::new();
    for event in &events {
        event.encode(&mut wire);
    }
    let back: Vec<Event> = events.iter().filter_map(read_back).collect();
    assert_eq!(decoded(&[&wire]), back);
    assert_eq!(decoded(&wire.chunks(1).collect::<Vec<_>>()), back);
}

fn decoded(pieces: &[&[u8]]) -> Vec<Event> {
    let mut decoder = Decoder::new();
    let mut events = Vec::new();
    for mut piece in pieces.iter().copied() {
        while let Some(item) = decoder.next(&mut piece) {
            if let tower_sse_codec::Decoded::Event(event) = item.expect("within all limits") {
                events.push(Event::from(event));
            }
        }
    }
    events
}

/// Events, written so that any bytes are some: 0xFF, which no UTF-8 has, parts the parts of events;
/// the first byte of each says what it is, the others are its text.
fn events(bytes: &[u8]) -> Vec<Event> {
    let mut events = vec![Event::default()];
    for part in bytes.split(|byte| *byte == 0xFF) {
        let Some((kind, text)) = part.split_first() else { continue };
        let text = String::from_utf8_lossy(text).into_owned();
        let event = events.pop().expect("one event at least");
        match kind % 6 {
            0 => events.extend([event, Event::new(text)]),
            1 => events.push(event.with_data(text)),
            2 => events.push(event.with_comment(text)),
            3 => {
                let length = u64::try_from(text.len()).expect("a length");
                let retry = text.parse().unwrap_or(length);
                events.push(event.with_retry(Duration::from_millis(retry)));
            }
            4 => events.push(match EventId::new(text) {
                Ok(id) => event.with_id(id),
                Err(_) => event,
            }),
            _ => events.push(match EventName::new(text) {
                Ok(name) => event.with_name(name),
                Err(_) => event,
            }),
        }
    }
    events
}

/// The bytes of a `Last-Event-ID` header: usable are those that an event could have as its id.
pub(crate) fn last_event_id(bytes: &[u8]) {
    let id = std::str::from_utf8(bytes).ok().and_then(|text| EventId::new(text).ok());
    let fits = bytes.len() <= LastEventId::MAX_LEN;
    let expected = match id {
        _ if bytes.is_empty() => LastEventId::Absent,
        Some(id) if fits => LastEventId::Id(id),
        _ => LastEventId::Unusable,
    };
    assert_eq!(LastEventId::from_bytes(bytes), expected);

    // And it is the id that a client would have sent after such an event.
    if let LastEventId::Id(id) = expected {
        let mut wire = BytesMut::new();
        Event::default().with_id(id.clone()).encode(&mut wire);
        let mut decoder = Decoder::new();
        Observed::default().feed(&mut decoder, &wire);
        assert_eq!(decoder.last_event_id(), id.as_str());
    }
}
