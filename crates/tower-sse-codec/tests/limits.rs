//! What a hostile stream cannot make the decoder do.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tower_sse_codec::{Decoded, Decoder, EventId, TooLong};

use self::support::model::{Limits, Model};
use self::support::observed::{Block, Item, Limit, Observed, arrivals};
use self::support::pieces;

const LINE: usize = 20;
const EVENT: usize = 50;

fn decoder() -> Decoder {
    Limits { line: LINE, event: EVENT }.decoder()
}

/// The kinds of items that come, in letters: Comment, Event, Line and eVent too long.
fn kinds(seen: &Observed) -> String {
    seen.items
        .iter()
        .map(|item| match item {
            Item::Comment(_) => 'c',
            Item::Event(_) => 'e',
            Item::TooLong(Limit::Line(LINE)) => 'L',
            Item::TooLong(Limit::Event(EVENT)) => 'V',
            Item::TooLong(other) => panic!("{other:?}"),
        })
        .collect()
}

/// Decodes whole, byte by byte and cut in two everywhere, and returns what always came.
fn observe(decoder: &Decoder, body: &[u8]) -> Observed {
    let whole = Observed::of(decoder.clone(), [body]);
    assert_eq!(Observed::of(decoder.clone(), body.chunks(1)), whole);
    for at in 0..=body.len() {
        let (head, tail) = body.split_at(at);
        let text = body.escape_ascii();
        assert_eq!(Observed::of(decoder.clone(), [head, tail]), whole, "{text} at {at}");
    }
    whole
}

#[track_caller]
fn check(body: &[u8], expect: &str) {
    assert_eq!(kinds(&observe(&decoder(), body)), expect, "{}", body.escape_ascii());
}

/// A line of `length` bytes that starts with `start`, without its end.
fn line(start: &str, length: usize) -> Vec<u8> {
    let mut line = start.as_bytes().to_vec();
    line.resize(length, b'x');
    line
}

#[test]
fn a_line_may_be_as_long_as_its_limit() {
    for start in ["data:", "event:", "id:", ":", "other:", "o", "retry:"] {
        let after = b"data: a\n\n";
        for end in [&b"\n"[..], b"\r", b"\r\n"] {
            let fits = [&line(start, LINE), end, after].concat();
            check(&fits, if start == ":" { "ce" } else { "e" });
            let too_long = [&line(start, LINE + 1), end, after, after].concat();
            check(&too_long, "Le");
        }
    }
}

#[test]
fn a_block_may_be_as_long_as_its_limit() {
    // 20 bytes, 20 bytes and 10 bytes, each with one for its end.
    let fits =
        [line("data:", 19), line(":", 19), line("other:", 9)].map(|l| [&l[..], b"\r\n"].concat());
    check(&[&fits.concat()[..], b"\r\n"].concat(), "ce");
    for n in 0..3 {
        let mut too_long = fits.clone();
        too_long[n].insert(5, b'x');
        check(&[&too_long.concat()[..], b"\r\ndata: a\n\n"].concat(), "cVe");
    }
}

#[test]
fn the_limit_is_passed_at_the_first_byte_too_many() {
    let check = |body: &[u8], at| assert_eq!(arrivals(decoder(), body), [at]);
    check(&[b'x'; 100], LINE + 1);
    check(b"\xEF\xBB\xBFxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", 3 + LINE + 1);
    // A block ends with a line end, and so 50 bytes without one are one too many.
    check(&b"data: x\n".repeat(20), EVENT);
    check(&[&b"12345678\n".repeat(5)[..], b"12345\n"].concat(), EVENT);
}

#[test]
fn the_limit_that_is_passed_first_is_named() {
    let lines = b"123456789\n".repeat(3);
    // 20 bytes are left for the block, and the line may have as many: its end is one too many.
    check(&[&lines[..], &line("a", LINE), b"\n"].concat(), "V");
    check(&[&lines[..], b"1\n", &line("a", LINE + 1)].concat(), "V");
    check(&[&lines[..10], &line("a", LINE + 1)].concat(), "L");
}

#[test]
fn what_never_ends_is_one_error_and_the_next_block_is_read() {
    let lines = |line: &str| line.repeat(3000).into_bytes();
    for (endless, expect) in [
        (lines("x"), "Le"),
        (lines("data"), "Le"),
        ([&b":"[..], &lines("x")].concat(), "Le"),
        ([&b"id: "[..], &lines("x")].concat(), "Le"),
        ([&b"retry: "[..], &lines("1")].concat(), "Le"),
        (lines("data: x\n"), "Ve"),
        (lines("data\r"), "Ve"),
        (lines("id: x\r\n"), "Ve"),
        (lines("event: x\n"), "Ve"),
        (lines("retry: 1\n"), "Ve"),
        (lines("unknown: x\n"), "Ve"),
        // 25 comments of one byte with its end are 50 bytes.
        (lines(":\n"), &format!("{}Ve", "c".repeat(25))),
    ] {
        let body = [&endless[..], b"\n\ndata: a\n\n"].concat();
        let seen = Observed::of(decoder(), [&body[..]]);
        assert_eq!(kinds(&seen), expect, "{}", body[..20].escape_ascii());
        assert_eq!(Observed::of(decoder(), body.chunks(1)), seen);
        for at in [1, LINE, LINE + 1, EVENT, EVENT + 1, 1000, body.len() - 3] {
            let (head, tail) = body.split_at(at);
            assert_eq!(Observed::of(decoder(), [head, tail]), seen);
        }
        let last = seen.items.last().cloned();
        let block = Block { data: Some("a".to_owned()), ..Block::default() };
        assert_eq!(last, Some(Item::Event(block)));
    }
}

#[test]
fn a_block_that_is_too_long_leaves_no_trace() {
    let id = EventId::new("0").expect("an id");
    let decoder = decoder().with_last_event_id(&id);
    let long = line("data:", LINE + 1);
    // Before and after the limit is passed.
    for body in [
        [b"id: 1\nevent: x\ndata: y\n", &long[..], b"\n\ndata: a\n\n"].concat(),
        [&long[..], b"\nid: 1\nevent: x\ndata: y\n\ndata: a\n\n"].concat(),
        [&long[..], b"\r\nid: 1\r\n\r\ndata: a\r\n\r\n"].concat(),
        [&long[..], b"\rid: 1\r\rdata: a\r\r"].concat(),
    ] {
        let seen = observe(&decoder, &body);
        let block =
            Block { data: Some("a".to_owned()), last_event_id: "0".to_owned(), ..Block::default() };
        assert_eq!(
            seen.items,
            [Item::TooLong(Limit::Line(LINE)), Item::Event(block)],
            "{}",
            body.escape_ascii()
        );
        assert_eq!(seen.last_event_id, "0");
    }
}

#[test]
fn what_was_said_at_once_before_the_limit_was_passed_stays_said() {
    let long = line("data:", LINE + 1);
    let seen = observe(&decoder(), &[b":a\nretry: 1\n", &long[..], b"\n:b\nretry: 2\n\n"].concat());
    assert_eq!(kinds(&seen), "cL");
    assert_eq!(seen.retry.map(|retry| retry.as_millis()), Some(1));
}

#[test]
fn a_skipped_block_is_forgotten_with_its_connection() {
    let mut decoder = decoder();
    Observed::default().feed(&mut decoder, &[b'x'; LINE + 1]);
    decoder.reconnect();
    assert_eq!(kinds(&observe(&decoder, b"data: a\n\n")), "e");
}

#[test]
fn replaced_text_counts_as_it_has_become() {
    // Each of these bytes becomes three.
    let broken = |start: &[u8], n| [start, &vec![0xFF; n], b"\n"].concat();
    let after = b"\ndata: a\n\n";
    check(&[&broken(b"data:", 10)[..], b"\n"].concat(), "e");
    check(&[&broken(b"data:", 15)[..], &broken(b"data:", 15), after].concat(), "Ve");
    check(&[&broken(b":", 18)[..], after].concat(), "Ve");
    check(&[&broken(b"id:", 9)[..], &broken(b"data:", 9), after].concat(), "Ve");

    // Whether the second comment is still seen is not said: it and the first are too long together.
    let comments = [&broken(b":", 10)[..], &broken(b":", 15), after].concat();
    let kinds = kinds(&observe(&decoder(), &comments));
    assert!(kinds == "cVe" || kinds == "ccVe", "{kinds}");
}

#[test]
fn nothing_fits_a_limit_of_zero_but_nothing() {
    let no_lines = Decoder::new().with_max_line(0);
    let error = Item::TooLong(Limit::Line(0));
    assert_eq!(observe(&no_lines, b"\n\r\r\na\n\n\nb").items, [error.clone(), error]);
    let no_events = Decoder::new().with_max_event(0);
    let error = Item::TooLong(Limit::Event(0));
    assert_eq!(observe(&no_events, b"\n\r\r\na\n\n\nb").items, [error.clone(), error]);
}

#[test]
fn no_limit_is_too_large() {
    let decoder = Decoder::new().with_max_line(usize::MAX).with_max_event(usize::MAX);
    assert_eq!(kinds(&observe(&decoder, b"data: a\ndata: b\n\n")), "e");
}

#[test]
fn the_limits_are_what_they_are_said_to_be() {
    const MIB: usize = 1 << 20;
    assert_eq!((Decoder::MAX_LINE, Decoder::MAX_EVENT), (16 * MIB, 32 * MIB));
    let long = [&line("data:", 16 * MIB)[..], b"\n"].concat();
    let items = |body: &[u8]| Observed::of(Decoder::new(), body.chunks(65_536)).items;
    let one = items(&[&long[..], b"\n"].concat());
    let [Item::Event(block)] = &one[..] else { panic!("an event") };
    assert_eq!(block.data.as_ref().map(String::len), Some(16 * MIB - 5));
    assert_eq!(
        items(&[b"data:", &long[..], b"\n"].concat()),
        [Item::TooLong(Limit::Line(16 * MIB))]
    );
    assert_eq!(
        items(&[&long[..], &long[..], b"\n"].concat()),
        [Item::TooLong(Limit::Event(32 * MIB))]
    );
}

#[test]
fn an_error_says_which_limit() {
    fn check<E: std::error::Error + Copy + Send + Sync + 'static>(error: E, word: &str) {
        assert!(error.to_string().contains(word), "{error}");
    }
    let error = |body: &[u8]| match decoder().next(&mut &body[..]) {
        Some(Err(error)) => error,
        other => panic!("{other:?} is no error"),
    };
    check(error(&[b'x'; 100]), "line");
    check(error(&b"x\n".repeat(100)), "event");
    assert_eq!(error(&[b'x'; 100]), error(&[b'y'; 200]));
}

const STARTS: &[&[u8]] = &[b"", b":", b"data:", b"id:", b"event:", b"retry:1", b"\xEF\xBB\xBF"];
const ENDS: &[&[u8]] = &[b"\n", b"\r", b"\r\n", b"\n\n", b"\r\r"];

/// Streams with lines around the limits.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let fill = prop_oneof![6 => Just(b'1'), 1 => Just(0xFF), 1 => Just(0xC3)];
    let length = prop_oneof![4 => 0..6_usize, 1 => 0..25_usize];
    let line = (select(STARTS), fill, length, select(ENDS))
        .prop_map(|(start, fill, length, end)| [start, &vec![fill; length], end].concat());
    vec(line, 0..30).prop_map(|lines| lines.concat())
}

proptest! {
    #[test]
    fn agrees_with_the_model(
        body in body(),
        line in 3..25_usize,
        event in 3..60_usize,
        lengths in vec(0..20_usize, 0..60),
    ) {
        let limits = Limits { line, event };
        let model = Model::of(&body, limits, "");
        let seen = Observed::of(limits.decoder(), [&body[..]]);
        model.check(&seen);
        prop_assert_eq!(&Observed::of(limits.decoder(), pieces::of_lengths(&body, &lengths)), &seen);
        prop_assert_eq!(&Observed::of(limits.decoder(), body.chunks(1)), &seen);
        let due: Vec<usize> = model.items.iter().map(|(at, _)| *at).collect();
        prop_assert!(arrivals(limits.decoder(), &body).starts_with(&due));
    }
}

#[test]
fn limits_can_be_set_at_any_time() {
    let mut decoder = Decoder::new();
    assert!(decoder.next(&mut &b"id: 1\n"[..]).is_none());
    let mut decoder = decoder.with_max_event(100);
    let mut input = &b"data: x\n\n"[..];
    let Some(Ok(Decoded::Event(event))) = decoder.next(&mut input) else { panic!("an event") };
    assert_eq!((event.id(), event.data()), (Some("1"), Some("x")));

    assert!(decoder.next(&mut &b"data: 0123456789"[..]).is_none());
    let mut decoder = decoder.with_max_line(16);
    assert!(matches!(decoder.next(&mut &b"0"[..]), Some(Err(TooLong::Line { limit: 16, .. }))));
}
