//! What was not written here is skipped, and never more than that.

use async_nats::HeaderMap;
use tower_sse_hub::log::{Content, NewEntry};
use tower_sse_hub::{Event, TopicName};

use super::{check, decode, encode};

fn headers(of: &[(&str, &str)]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    of.iter().for_each(|(name, value)| headers.insert(*name, *value));
    headers
}

#[test]
fn an_event_comes_back() {
    let event = Event::new("data").with_comment("");
    let topic = TopicName::new("a.b").expect("it is short");
    let entry = NewEntry::new(topic, Content::Event(event), Some("id 1".into()));
    let (headers, payload) = encode(&entry, 7);
    assert_eq!(headers.get("Nats-Msg-Id").map(ToString::to_string).as_deref(), Some("id=201"));
    assert_eq!((check(&headers), &*payload), (Some(7), &b"data"[..]));
    assert_eq!(decode("a=2Eb", &headers, &payload), Some((entry.topic, entry.content)));
}

#[test]
fn what_others_wrote_is_skipped() {
    for (topic, with, payload) in [
        ("news", &[][..], "data"),
        ("news", &[("Sse-V", "2")], "data"),
        ("ne=77s", &[("Sse-V", "1")], "data"),
        ("news", &[("Sse-V", "1"), ("Sse-Kind", "other")], "data"),
        ("news", &[("Sse-V", "1"), ("Sse-Comment", "5")], "data"),
        ("news", &[("Sse-V", "1"), ("Sse-Comment", "-1")], "data"),
        ("news", &[("Sse-V", "1"), ("Sse-Comment", "1")], "ü"),
        ("news", &[("Sse-V", "1"), ("Sse-Event", "=0A")], "data"),
        ("news", &[("Sse-V", "1"), ("Sse-Event", "a b")], "data"),
        ("news", &[("Sse-V", "1"), ("Sse-Retry", "soon")], "data"),
    ] {
        assert_eq!(decode(topic, &headers(with), payload.as_bytes()), None, "{topic} {with:?}");
    }
    assert_eq!(decode("news", &headers(&[("Sse-V", "1")]), b"\xff"), None);
}

#[test]
fn a_check_is_eight_digits() {
    for (text, number) in [
        ("0000000a", Some(10)),
        ("ffffffff", Some(u32::MAX)),
        ("00000000", None),
        ("a", None),
        ("+000000a", None),
        ("0000000g", None),
    ] {
        assert_eq!(check(&headers(&[("Sse-Check", text)])), number, "{text}");
    }
}
