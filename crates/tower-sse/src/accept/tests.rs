use http::HeaderValue;

use super::*;

#[test]
fn the_most_specific_range_decides() {
    let check = |accept: &[&str], expected| {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(header::ACCEPT, HeaderValue::from_str(value).expect("a header value"));
        }
        assert_eq!(accepts_event_stream(&headers), expected, "{accept:?}");
    };
    check(&[], true);
    check(&["text/event-stream"], true);
    check(&["Text/Event-Stream; charset=utf-8"], true);
    check(&["text/html, text/*;q=0.1"], true);
    check(&["*/*"], true);
    check(&["text/html", "application/json, text/event-stream"], true);
    check(&["text/html"], false);
    check(&[""], false);
    check(&["text/event-stream;q=0"], false);
    check(&["text/event-stream; Q=0.000, */*"], false);
    check(&["*/*;q=0, text/event-stream"], true);
    check(&["text/*;q=0, */*"], false);
    check(&["text/event-stream;q=nonsense"], true);
}
