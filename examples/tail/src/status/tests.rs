use http::HeaderMap;
use tower_sse_client::Event;

use super::*;

#[test]
fn sizes_are_short() {
    for (bytes, expected) in [
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (12_345_678, "12.3 MB"),
        (u64::MAX, "18.4 EB"),
    ] {
        assert_eq!(size(bytes), expected);
    }
}

#[test]
fn the_line_says_what_came_and_how_fast() {
    let start = Instant::now();
    let mut figures = Figures::new(start);
    assert_eq!(figures.at(start), "connecting | events 0 | 0/s | 0 B | reconnects 0");

    figures.handle(&Update::Open(HeaderMap::new()), start);
    for _ in 0..10 {
        figures.handle(&Update::Event(Event::new("four")), start);
    }
    let half = start + Duration::from_millis(500);
    figures.count(half);
    assert_eq!(figures.at(half), "open | events 10 | 0/s | 40 B | reconnects 0");

    let later = start + Duration::from_secs(2);
    figures.count(later);
    assert_eq!(figures.at(later), "open | events 10 | 5/s | 40 B | reconnects 0");
}
