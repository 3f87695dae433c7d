//! What the types take, refuse and normalize.

use std::time::Duration;

use tower_sse_codec::{Event, EventId, EventName, LastEventId, Text};

#[test]
fn the_last_setter_wins() {
    let event = Event::new("a")
        .with_data("b")
        .with_id(EventId::from(1))
        .with_id(EventId::from(2))
        .with_name(EventName::from_static("x"))
        .with_name(EventName::from_static("message"));
    assert_eq!(event, Event::new("b").with_id(EventId::from(2)));
}

#[test]
fn retry_is_cut_to_whole_milliseconds_within_bounds() {
    let check = |retry, expected| {
        assert_eq!(Event::default().with_retry(retry).retry(), expected, "{retry:?}");
    };
    check(Duration::ZERO, Some(Duration::ZERO));
    check(Duration::from_nanos(1), None);
    check(Duration::from_micros(1999), Some(Duration::from_millis(1)));
    check(Event::MAX_RETRY, Some(Event::MAX_RETRY));
    check(Duration::MAX, Some(Event::MAX_RETRY));
}

#[test]
fn refuses_what_would_break_a_line() {
    let id = |text: &str| EventId::new(text).map_err(|error| error.to_string());
    let name = |text: &str| EventName::new(text).map_err(|error| error.to_string());
    for text in ["a\rb", "a\nb", "\r\n", "\n"] {
        assert_eq!(id(text), Err("event id contains a line break or NUL".into()));
        assert_eq!(name(text), Err("event name contains a line break".into()));
    }
    assert!(id("a\0b").is_err());
    assert!(name("a\0b").is_ok());
    assert!(id("").is_ok());
}

#[test]
fn a_last_event_id_is_absent_usable_or_not() {
    let check = |sent: &[u8], expected| assert_eq!(LastEventId::from_bytes(sent), expected);
    let id = |text: &str| LastEventId::Id(EventId::new(text).expect("a valid id"));
    check(b"", LastEventId::Absent);
    check(b"42", id("42"));
    check("naïve ☃".as_bytes(), id("naïve ☃"));
    check(&[b'x'; LastEventId::MAX_LEN], id(&"x".repeat(LastEventId::MAX_LEN)));
    check(&[b'x'; LastEventId::MAX_LEN + 1], LastEventId::Unusable);
    check(b"caf\xE9", LastEventId::Unusable);
    check(b"a\0b", LastEventId::Unusable);
    check(b"a\nb", LastEventId::Unusable);
    assert_eq!(LastEventId::Unusable.id(), None);
}

#[test]
fn text_is_the_same_wherever_it_comes_from() {
    let all: [Text; 5] = [
        "é".into(),
        String::from("é").into(),
        Box::<str>::from("é").into(),
        Text::from_static("é"),
        std::sync::Arc::<str>::from("é").into(),
    ];
    assert!(all.windows(2).all(|pair| pair[0] == pair[1]));
    assert_eq!(format!("{} {:?}", all[0], all[3]), "é \"é\"");
}
