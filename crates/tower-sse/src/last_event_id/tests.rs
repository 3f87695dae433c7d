use http::HeaderValue;
use tower_sse_codec::EventId;

use super::*;

fn id(text: &str) -> LastEventId {
    LastEventId::Id(EventId::new(text).expect("a valid id"))
}

fn headers(value: &[u8]) -> HeaderMap {
    let value = HeaderValue::from_bytes(value).expect("a header value");
    HeaderMap::from_iter([(http::HeaderName::from_static("last-event-id"), value)])
}

#[test]
fn reads_the_header_as_bytes() {
    assert_eq!(last_event_id(&HeaderMap::new()), LastEventId::Absent);
    assert_eq!(last_event_id(&headers(b"")), LastEventId::Absent);
    assert_eq!(last_event_id(&headers("é☃".as_bytes())), id("é☃"));
    assert_eq!(last_event_id(&headers(b"\xE9")), LastEventId::Unusable);
    assert_eq!(
        last_event_id(&headers(&[b'x'; 10_240])),
        LastEventId::Unusable
    );
}

#[test]
fn reads_the_parameter_only_without_a_header() {
    let check = |headers: &HeaderMap, uri: &str, expected| {
        let uri = uri.parse().expect("a uri");
        assert_eq!(
            last_event_id_or_query(headers, &uri, "last"),
            expected,
            "{uri}"
        );
    };
    let none = HeaderMap::new();
    check(&none, "/", LastEventId::Absent);
    check(&none, "/?lasting=1&other", LastEventId::Absent);
    check(&none, "/?last", LastEventId::Absent);
    check(&none, "/?a=b&last=7&last=8", id("7"));
    check(&none, "/?l%61st=%C3%A9+x%2By", id("é x+y"));
    check(&none, "/?last=%E9", LastEventId::Unusable);
    check(&none, "/?last=a%0Ab", LastEventId::Unusable);
    check(&none, "/?last=a%00b", LastEventId::Unusable);
    check(
        &none,
        &format!("/?last={}", "x".repeat(10_240)),
        LastEventId::Unusable,
    );
    check(&headers(b"9"), "/?last=7", id("9"));
    check(&headers(b"\xE9"), "/?last=7", LastEventId::Unusable);
}
