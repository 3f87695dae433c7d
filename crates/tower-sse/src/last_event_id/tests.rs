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
    assert_eq!(last_event_id(&headers(&[b'x'; 10_240])), LastEventId::Unusable);
}

#[test]
fn reads_the_parameter_only_without_a_header() {
    let check = |sent, query: &str, expected| {
        assert_eq!(or_query(sent, query, "last"), expected, "{query}");
    };
    let absent = || LastEventId::Absent;
    check(absent(), "", absent());
    check(absent(), "lasting=1&other", absent());
    check(absent(), "last", absent());
    check(absent(), "a=b&last=7&last=8", id("7"));
    check(absent(), "l%61st=%C3%A9+x%2By", id("é x+y"));
    check(absent(), "last=%E9", LastEventId::Unusable);
    check(absent(), "last=a%0Ab", LastEventId::Unusable);
    check(absent(), "last=a%00b", LastEventId::Unusable);
    check(absent(), &format!("last={}", "x".repeat(10_240)), LastEventId::Unusable);
    check(id("9"), "last=7", id("9"));
    check(LastEventId::Unusable, "last=7", LastEventId::Unusable);
}
