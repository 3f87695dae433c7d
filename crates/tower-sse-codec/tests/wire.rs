//! What is written, as a conformant decoder that shares no code with the writer reads it.

mod strategies;
mod support;

use std::time::Duration;

use bytes::BytesMut;
use conformance::oracle::{Decoded, Dispatched, decode};
use proptest::collection::vec;
use proptest::prelude::*;
use tower_sse_codec::{Encoded, Event, EventId, EventName};

use self::strategies::{event, text};
use self::support::line_ends::with_lf;

/// What a client must have seen after these events.
fn expected(events: &[Event]) -> Decoded {
    let mut seen = Decoded::default();
    for event in events {
        if let Some(comment) = event.comment() {
            let lines = with_lf(comment);
            seen.comments.extend(lines.split('\n').map(|line| match line {
                "" => String::new(),
                line => format!(" {line}"),
            }));
        }
        if let Some(id) = event.id() {
            seen.last_event_id = id.as_str().to_owned();
        }
        if let Some(retry) = event.retry() {
            seen.retry_ms = Some(retry.as_millis().try_into().expect("a bounded retry"));
        }
        if let Some(data) = event.data() {
            seen.events.push(Dispatched {
                name: event.event_type().to_owned(),
                data: with_lf(data),
                id: seen.last_event_id.clone(),
            });
        }
    }
    seen
}

proptest! {
    #[test]
    fn every_event_is_read_as_it_is(events in vec(event(), 1..5)) {
        let mut wire = BytesMut::new();
        for event in &events {
            let start = wire.len();
            event.encode(&mut wire);
            prop_assert_eq!(wire.len() - start, event.encoded_len());
            let encoded = Encoded::from(event);
            prop_assert_eq!(&encoded.bytes()[..], &wire[start..]);
            prop_assert_eq!(encoded.id(), event.id().cloned());
        }
        prop_assert_eq!(decode(&wire), expected(&events));
    }

    #[test]
    fn ids_and_names_take_all_but_what_breaks_them(text in text()) {
        let breaks_line = text.contains(['\r', '\n']);
        prop_assert_eq!(EventName::new(text.as_str()).is_err(), breaks_line);
        prop_assert_eq!(EventId::new(text.as_str()).is_err(), breaks_line || text.contains('\0'));
    }
}

#[test]
fn the_cases_are_read_as_they_say() {
    let cases = conformance::cases::encode();
    assert!(cases.len() >= 33);
    for case in cases {
        let input = &case.input;
        let event = (|| {
            let mut event = Event::default();
            if let Some(data) = &input.data {
                event = event.with_data(data);
            }
            if let Some(name) = &input.event {
                event = event.with_name(EventName::new(name).ok()?);
            }
            if let Some(id) = &input.id {
                event = event.with_id(EventId::new(id).ok()?);
            }
            if let Some(comment) = &input.comment {
                event = event.with_comment(comment);
            }
            if let Some(retry) = input.retry().ok()? {
                event = event.with_retry(retry);
            }
            Some(event)
        })();
        match event {
            Some(event) => case.check(Encoded::from(event).bytes()),
            None => assert!(case.refused().is_some(), "{}: was refused", case.name),
        }
    }
}

#[test]
fn writes_the_shortest_form_of_each_part() {
    let wire = |event: Event| Encoded::from(event).into_bytes();
    assert_eq!(wire(Event::default()), "\n");
    assert_eq!(wire(Event::default().with_comment("")), ":\n\n");
    assert_eq!(wire(Event::default().with_comment("a\n\nb")), ": a\n:\n: b\n\n");
    assert_eq!(wire(Event::default().with_retry(Duration::ZERO)), "retry: 0\n\n");
    assert_eq!(wire(Event::new("")), "data:\n\n");
    assert_eq!(wire(Event::new("a\r\n")), "data: a\ndata: \n\n");
    let all = Event::new("d")
        .with_comment("c")
        .with_name(EventName::from_static("n"))
        .with_id(EventId::from(1))
        .with_retry(Duration::from_millis(2));
    assert_eq!(wire(all), ": c\nevent: n\nid: 1\nretry: 2\ndata: d\n\n");
}
