//! Event data from serde values.

use std::error::Error as _;

use conformance::oracle::decode;
use serde::Serialize;
use serde_json::value::RawValue;
use tower_sse_codec::{Encoded, Event, EventName};

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
    let reason = |event: Result<Event, tower_sse_codec::JsonError>| {
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
