//! Event data from serde values.

use std::error::Error as _;

use conformance::oracle::decode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tower_sse_codec::{Decoded, Decoder, Encoded, Event, EventName, JsonError};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Update {
    NothingHeld,
    OneHeld(u8),
    ManyHeld(u8, &'static str),
    #[serde(rename = "named")]
    Fields {
        one: u8,
        #[serde(skip_serializing_if = "Option::is_none")]
        two: Option<u8>,
    },
    Raw(Box<RawValue>),
    #[serde(rename = "two\nlines")]
    BadName,
}

fn typed(update: &Update) -> (String, String) {
    let event = Event::typed(update).expect("a typed event");
    let name = event.name().expect("a name").to_string();
    (name, event.data().expect("data").to_owned())
}

#[test]
fn a_variant_is_the_name_and_its_content_the_data() {
    let check = |update, name: &str, data: &str| {
        assert_eq!(typed(&update), (name.to_owned(), data.to_owned()));
    };
    check(Update::NothingHeld, "nothingHeld", "null");
    check(Update::OneHeld(1), "oneHeld", "1");
    check(Update::ManyHeld(1, "two"), "manyHeld", r#"[1,"two"]"#);
    check(Update::Fields { one: 1, two: None }, "named", r#"{"one":1}"#);
    check(Update::Fields { one: 1, two: Some(2) }, "named", r#"{"one":1,"two":2}"#);
}

#[test]
fn a_wrapped_enum_is_an_enum() {
    #[derive(Serialize)]
    struct Wrapped(Option<Update>);
    let event = Event::typed(&Wrapped(Some(Update::OneHeld(7)))).expect("a typed event");
    assert_eq!(event.name().map(EventName::as_str), Some("oneHeld"));
}

#[test]
fn raw_json_with_line_ends_stays_the_same_json() {
    let raw = "{\"a\":\r\n[1,\r2,\n3]}";
    let value: Box<RawValue> = serde_json::from_str(raw).expect("json");
    for event in [Event::json(&value), Event::typed(&Update::Raw(value.clone()))] {
        let wire = Encoded::from(event.expect("an event"));
        let seen = decode(wire.bytes());
        assert_eq!(seen.events.len(), 1);
        let seen: serde_json::Value = serde_json::from_str(&seen.events[0].data).expect("json");
        assert_eq!(seen, serde_json::json!({ "a": [1, 2, 3] }));
    }
}

#[test]
fn what_is_no_variant_is_refused() {
    #[derive(Serialize)]
    #[serde(tag = "type")]
    enum Inside {
        A { a: u8 },
    }
    #[derive(Serialize)]
    struct Plain {
        a: u8,
    }
    let reason = |event: Result<Event, JsonError>| {
        let error = event.expect_err("no variant");
        assert_eq!(error.to_string(), "value cannot become event data");
        error.source().expect("a cause").to_string()
    };
    let expected = "value is no variant of an externally tagged enum";
    assert_eq!(reason(Event::typed(&Inside::A { a: 1 })), expected);
    assert_eq!(reason(Event::typed(&Plain { a: 1 })), expected);
    assert_eq!(reason(Event::typed("text")), expected);
    assert_eq!(reason(Event::typed(&[1])), expected);
    assert_eq!(reason(Event::typed(&None::<Update>)), expected);
}

#[test]
fn what_cannot_be_json_or_a_name_is_refused() {
    let map = std::collections::HashMap::from([((1, 2), 3)]);
    let error = Event::json(&map).expect_err("a key that is no string");
    assert_eq!(error.to_string(), "value cannot become event data");

    let error = Event::typed(&Update::BadName).expect_err("a name with a line break");
    assert_eq!(error.to_string(), "variant's name cannot become an event name");
    assert_eq!(error.source().expect("a cause").to_string(), "event name contains a line break");
}

/// One variant of each shape, to be read back.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Message<'a> {
    Nothing,
    One(u8),
    Maybe(Option<u8>),
    Two(u8, String),
    #[serde(rename = "named")]
    Fields {
        id: u64,
        name: &'a str,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        more: Option<Vec<u8>>,
    },
    #[serde(rename = "message")]
    Plain(&'a str),
}

/// The event as a client has it.
fn received(event: Event) -> Event {
    let wire = Encoded::from(event);
    let mut decoder = Decoder::new();
    match decoder.next(&mut &wire.bytes()[..]) {
        Some(Ok(Decoded::Event(event))) => event.into(),
        other => panic!("{other:?} is no event"),
    }
}

fn named(name: &'static str, data: &str) -> Event {
    Event::new(data).with_name(EventName::from_static(name))
}

#[test]
fn a_typed_event_is_read_back_as_the_same_variant() {
    for message in [
        Message::Nothing,
        Message::One(1),
        Message::Maybe(Some(1)),
        Message::Maybe(None),
        Message::Two(1, "two\r\nlines".to_owned()),
        Message::Fields { id: u64::MAX, name: "é", more: None },
        Message::Fields { id: 0, name: "", more: Some(vec![1, 2]) },
        Message::Plain("text"),
    ] {
        let event = received(Event::typed(&message).expect("a typed event"));
        assert_eq!(event.parse_typed::<Message<'_>>().expect("the same variant"), message);
    }
}

#[test]
fn an_event_without_a_name_is_the_variant_message() {
    let event = received(Event::new("\"text\""));
    assert_eq!(event.name(), None);
    assert_eq!(event.parse_typed::<Message<'_>>().expect("message"), Message::Plain("text"));
}

#[test]
fn a_unit_variant_takes_any_data() {
    for data in ["null", "", "{}", "[1,\n2]", "no json"] {
        let event = received(named("nothing", data));
        let message: Message<'_> = event.parse_typed().expect("the unit variant");
        assert_eq!(message, Message::Nothing, "{data:?}");
    }
}

#[test]
fn other_takes_what_has_no_variant() {
    #[derive(Debug, PartialEq, Deserialize)]
    enum Few {
        #[serde(rename = "one")]
        One(u8),
        #[serde(other)]
        Other,
    }
    let check = |event: Event, expected| {
        assert_eq!(received(event).parse_typed::<Few>().expect("a variant"), expected);
    };
    check(named("one", "1"), Few::One(1));
    check(named("two", "{\"a\":1}"), Few::Other);
    check(Event::new("no json"), Few::Other);
}

#[test]
fn borrows_from_the_event() {
    let event = received(named("named", "{\"id\":1,\n\"name\":\"as it is\"}"));
    let data = event.data().expect("data").as_bytes().as_ptr_range();
    let Message::Fields { name, .. } = event.parse_typed().expect("a variant") else {
        panic!("another variant")
    };
    assert!(data.contains(&name.as_ptr()));

    #[derive(Deserialize)]
    struct Fields<'a> {
        name: &'a str,
    }
    let Fields { name } = event.parse_json().expect("json");
    assert!(data.contains(&name.as_ptr()));
}

#[test]
fn json_is_read_back() {
    let value = serde_json::json!({ "a": [1, null, "two\nlines"], "b": { "c": 1.5 } });
    let event = received(Event::json(&value).expect("json"));
    assert_eq!(event.parse_json::<serde_json::Value>().expect("json"), value);

    // A document over several lines is several lines of data, and one document again.
    let text = serde_json::to_string_pretty(&value).expect("json");
    let event = received(Event::new(text));
    assert_eq!(event.parse_json::<serde_json::Value>().expect("json"), value);
}

#[test]
fn what_is_not_that_json_is_refused_with_its_cause() {
    let cause = |error: JsonError| {
        assert!(!error.to_string().is_empty());
        error.source().expect("a cause").to_string()
    };
    let json = |data: &str| cause(Event::new(data).parse_json::<u8>().expect_err("no u8"));
    for data in ["", "no json", "256", "1 2", "\"1\""] {
        assert_ne!(json(data), "", "{data:?}");
    }
    assert!(Event::default().parse_json::<u8>().is_err());

    let typed = |event: Event| cause(event.parse_typed::<Message<'_>>().expect_err("no variant"));
    let unknown = typed(named("unknown", "1"));
    assert!(unknown.contains("unknown variant `unknown`"), "{unknown}");
    for (name, data) in [
        ("one", "no json"),
        ("one", "\"1\""),
        ("one", "1 2"),
        ("one", ""),
        ("two", "1"),
        ("two", "[1]"),
        ("two", "[1,\"two\",3]"),
        ("named", "{\"id\":1}"),
        ("named", "[]"),
        // An escape cannot be borrowed.
        ("message", r#""\u00e9""#),
        // Names are compared to the letter.
        ("One", "1"),
    ] {
        assert_ne!(typed(named(name, data)), "", "{name}: {data}");
    }
    assert!(
        Event::default()
            .with_name(EventName::from_static("one"))
            .parse_typed::<Message<'_>>()
            .is_err()
    );
}

#[test]
fn what_is_no_enum_cannot_be_read_as_one() {
    assert!(Event::new("1").parse_typed::<u8>().is_err());
    assert!(Event::new("{}").parse_typed::<std::collections::HashMap<String, u8>>().is_err());
}
