//! What of `Last-Event-ID` reaches the application. It never answers 400.

use conformance::client::{Protocol, Request};
use tower_sse::{LastEventId, Sse, or_query};

use super::{cases, streams};
use crate::scenarios::{Answer, Fallible};
use crate::server::Server;
use crate::streams::{event, events};

cases! {
    streams => [
        last_event_id_is_read_as_bytes,
        query_is_not_read_unless_asked,
        query_is_read_when_asked,
        header_beats_the_query,
    ],
}

async fn last_event_id_is_read_as_bytes(server: Server) {
    let longest = "i".repeat(LastEventId::MAX_LEN);
    let too_long = "i".repeat(LastEventId::MAX_LEN + 1);
    let huge = "i".repeat(10 * 1024);
    let path = server.events(|asked| told(asked.last_event_id));

    check(&server, Request::get(&path), "absent").await;
    // Space around a value is part of the line on HTTP/1.1, and forbidden on HTTP/2.
    if server.place.protocol == Protocol::H1 {
        let request = Request::get(&path).with_header("last-event-id", b"  7\t ");
        check(&server, request, "id 7").await;
    }
    for (sent, told) in [
        (&b""[..], "absent"),
        (b"7", "id 7"),
        (b"a b,c;d=\"e\"", "id a b,c;d=\"e\""),
        ("…☃👍".as_bytes(), "id …☃👍"),
        (b"caf\xE9", "unusable"),
        (b"\xFF\xFE", "unusable"),
        (b"\xED\xA0\x80", "unusable"),
        (longest.as_bytes(), &*format!("id {longest}")),
        (too_long.as_bytes(), "unusable"),
        (huge.as_bytes(), "unusable"),
    ] {
        let request = Request::get(&path).with_header("last-event-id", sent);
        check(&server, request, told).await;
    }
}

async fn query_is_not_read_unless_asked(server: Server) {
    let path = server.events(|asked| told(asked.last_event_id));
    let path = format!("{path}?lastEventId=9&last-event-id=9&Last-Event-ID=9");
    check(&server, Request::get(&path), "absent").await;
    // Space around a value is part of the line on HTTP/1.1, and forbidden on HTTP/2.
    if server.place.protocol == Protocol::H1 {
        let request = Request::get(&path).with_header("last-event-id", b"  7\t ");
        check(&server, request, "id 7").await;
    }
}

async fn query_is_read_when_asked(server: Server) {
    let path = falls_back(&server);
    for (query, told) in [
        ("", "absent"),
        ("?", "absent"),
        ("?id", "absent"),
        ("?id=", "absent"),
        ("?other=1", "absent"),
        ("?id=9", "id 9"),
        ("?a=b&id=9&c=d", "id 9"),
        ("?id=a%20b+c%2Bd", "id a b c+d"),
        ("?id=%E2%80%A6", "id …"),
        ("?id=%", "id %"),
        ("?id=%E9", "unusable"),
        ("?id=a%0Ab", "unusable"),
        ("?id=a%00b", "unusable"),
    ] {
        check(&server, Request::get(format!("{path}{query}")), told).await;
    }
    let huge = format!("{path}?id={}", "i".repeat(2000));
    check(&server, Request::get(huge), "unusable").await;
}

async fn header_beats_the_query(server: Server) {
    let path = falls_back(&server) + "?id=9";
    for (sent, told) in [(&b"7"[..], "id 7"), (b"\xE9", "unusable"), (b"", "id 9")] {
        let request = Request::get(&path).with_header("last-event-id", sent);
        check(&server, request, told).await;
    }
}

/// The path to a stream that also takes the id from the query.
fn falls_back(server: &Server) -> String {
    server.events(|asked| told(or_query(asked.last_event_id, &asked.query, "id")))
}

fn told(last: LastEventId) -> Answer<Fallible> {
    let text = match last {
        LastEventId::Absent => "absent".to_owned(),
        LastEventId::Id(id) => format!("id {}", id.as_str()),
        LastEventId::Unusable => "unusable".to_owned(),
        other => format!("{other:?}"),
    };
    Sse::new(events([event(text)]))
}

async fn check(server: &Server, request: Request, told: &str) {
    let mut exchange = server.send(&request).await;
    assert_eq!(exchange.head().status, 200, "{request:?}");
    let body = exchange.body().await;
    assert_eq!(String::from_utf8_lossy(&body), format!("data: {told}\n\n"), "{request:?}");
}
