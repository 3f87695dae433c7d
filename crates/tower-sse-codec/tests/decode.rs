//! Our decoder against the cases, the oracle, and what our own encoder writes.

mod strategies;
mod support;

use std::time::Duration;

use bytes::BytesMut;
use conformance::cases::{self, DecodeCase};
use conformance::oracle;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use tower_sse_codec::{Decoded, Decoder, Event, EventId, EventRef};

use self::strategies::event;
use self::support::line_ends::read_back;
use self::support::observed::{Block, Item, Observed, without_space};
use self::support::pieces;

fn decoder(last_event_id: &str) -> Decoder {
    let id = EventId::new(last_event_id).expect("a valid id");
    Decoder::new().with_last_event_id(&id)
}

/// Where a body is cut in two: everywhere, but for long ones.
///
/// Each cut decodes all of the body, so everywhere in one of 70 KB would be 5 GB to decode. A prime
/// stride falls on every part of its repeated lines, and byte by byte has cut everywhere anyway.
fn cuts(body: &[u8]) -> impl Iterator<Item = usize> {
    (0..=body.len()).step_by(if body.len() > 2000 { 211 } else { 1 })
}

fn check_case(case: &DecodeCase, how: &str, pieces: &[&[u8]]) {
    let decoder = decoder(&case.initial_last_event_id);
    let seen = Observed::of(decoder, pieces.iter().copied()).decoded();
    if case.ambiguous.is_some() {
        assert_eq!(seen.events, case.expect.events, "{}, {how}", case.name);
    } else {
        let comments = case.comments.clone();
        let expect = oracle::Decoded { comments, ..case.expect.clone() };
        assert_eq!(seen, without_space(expect), "{}, {how}", case.name);
    }
}

#[test]
fn holds_on_every_case_however_it_is_chopped() {
    let cases = cases::decode();
    assert_eq!(cases.len(), 304, "decode.json has lost or won cases");
    for case in cases {
        let body = &case.input[..];
        check_case(&case, "whole", &[body]);
        check_case(&case, "byte by byte", &body.chunks(1).collect::<Vec<_>>());
        for at in cuts(body) {
            let (head, tail) = body.split_at(at);
            check_case(&case, &format!("cut at {at}"), &[head, tail]);
        }
        for lengths in &case.chunkings {
            check_case(&case, &format!("{lengths:?}"), &pieces::of_lengths(body, lengths));
        }
    }
}

#[test]
fn an_event_waits_for_no_more_input_than_it_needs() {
    let mut checked = 0;
    for case in cases::decode() {
        for &(bytes, events) in &case.prompt {
            let head = &case.input[..bytes];
            for pieces in [vec![head], head.chunks(1).collect()] {
                let seen = Observed::of(decoder(&case.initial_last_event_id), pieces);
                assert_eq!(seen.decoded().events.len(), events, "{} at {bytes}", case.name);
                checked += 1;
            }
        }
    }
    assert!(checked > 0);
}

const WORDS: &[&[u8]] = &[
    b"data",
    b"event",
    b"id",
    b"retry",
    b"Data",
    b"datax",
    b"message",
    b"12",
    b"18446744073709551616",
    b"x",
];
const MARKS: &[&[u8]] =
    &[b":", b":", b":", b" ", b" ", b"\0", b"\t", b"\x0B", b"\x0C", b"\xC2\x85", b"\xE2\x80\xA8"];
const ENDS: &[&[u8]] = &[b"\n", b"\n", b"\r\n", b"\r\n", b"\r", b"\r", b"\n\n", b"\n\r"];
/// Four bytes, BOMs, and what is no UTF-8: cut short, overlong, a surrogate, too high, no start.
const CHARACTERS: &[&[u8]] = &[
    b"\xF0\x9F\x98\x80",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB",
    b"\xF0\x9F\x98",
    b"\xE2\x82",
    b"\xC0\xAF",
    b"\xED\xA0\x80",
    b"\xF4\x90\x80\x80",
    b"\x80",
    b"\xFF",
];

/// Bytes as no server should send them.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => select(WORDS).prop_map(<[u8]>::to_vec),
        4 => select(MARKS).prop_map(<[u8]>::to_vec),
        5 => select(ENDS).prop_map(<[u8]>::to_vec),
        2 => select(CHARACTERS).prop_map(<[u8]>::to_vec),
        1 => any::<u8>().prop_map(|byte| vec![byte]),
    ];
    vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn agrees_with_the_oracle(body in body(), lengths in vec(0..20_usize, 0..60), id in "[a-z]{0,3}") {
        let expect = without_space(oracle::decode_after(&id, &body));
        let pieces = pieces::of_lengths(&body, &lengths);
        let seen = Observed::of(decoder(&id), pieces);
        prop_assert_eq!(seen.decoded(), expect);
        prop_assert_eq!(Observed::of(decoder(&id), [&body[..]]), seen);
    }

    #[test]
    fn what_is_written_is_read_back(
        events in vec(event(), 1..5),
        lengths in vec(0..20_usize, 0..60),
    ) {
        let mut wire = BytesMut::new();
        for event in &events {
            event.encode(&mut wire);
        }
        let mut decoder = Decoder::new();
        let mut seen = Vec::new();
        for mut piece in pieces::of_lengths(&wire, &lengths) {
            while let Some(item) = decoder.next(&mut piece) {
                if let Decoded::Event(event) = item.expect("within all limits") {
                    seen.push(Event::from(event));
                }
            }
        }
        let expect: Vec<Event> = events.iter().filter_map(read_back).collect();
        prop_assert_eq!(seen, expect);
    }
}

fn check(body: &str, expect: &[Item]) {
    for pieces in [vec![body.as_bytes()], body.as_bytes().chunks(1).collect()] {
        assert_eq!(Observed::of(Decoder::new(), pieces).items, expect, "{body:?}");
    }
}

fn comment(text: &str) -> Item {
    Item::Comment(text.to_owned())
}

fn text(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn a_block_that_set_anything_is_an_event() {
    let none = Block::default;
    let check_one = |body, block| check(body, &[Item::Event(block)]);
    check_one("data\n\n", Block { data: text(""), ..none() });
    check_one("data\ndata:\n\n", Block { data: text("\n"), ..none() });
    check_one("event: a\nevent: b\n\n", Block { name: text("b"), ..none() });
    check_one("id\n\n", Block { id: text(""), ..none() });
    check_one("id: 1\nid: \0\n\n", Block { id: text("1"), last_event_id: "1".into(), ..none() });
    check_one("retry: 5\nretry: x\n\n", Block { retry: Some(Duration::from_millis(5)), ..none() });
    check_one("data: a\nevent: x\nevent\n\n", Block { data: text("a"), ..none() });
    check_one("data: a\nevent: message\n\n", Block { data: text("a"), ..none() });
    check_one(
        ": c\nevent: n\nid: 1\nretry: 2\ndata: a\ndata: b\n\n".split_at(4).1,
        Block {
            data: text("a\nb"),
            name: text("n"),
            id: text("1"),
            retry: Some(Duration::from_millis(2)),
            comment: None,
            last_event_id: "1".into(),
        },
    );
}

#[test]
fn a_block_that_set_nothing_is_none() {
    check("\n\r\n\r", &[]);
    check("nothing: x\ndatax: y\nData: z\n data: a\n\n", &[]);
    check("retry: -1\nretry\nretry: 1.5\nretry: \u{661}\nid: a\0\n\n", &[]);
    check("data: unfinished\n", &[]);
}

#[test]
fn a_comment_comes_at_once_and_again_with_its_block() {
    let block = |lines| Item::Event(Block { comment: text(lines), ..Block::default() });
    check(":a\n", &[comment("a")]);
    check(": a\n:  b\n:\n\n", &[comment("a"), comment(" b"), comment(""), block("a\n b\n")]);
    check(":\n\n", &[comment(""), block("")]);
    let with_data = Block { data: text("x"), comment: text("a\nb"), ..Block::default() };
    check(":a\ndata: x\n:b\n\n", &[comment("a"), comment("b"), Item::Event(with_data)]);
}

#[test]
fn retry_counts_as_soon_as_its_line_has_ended() {
    let check = |body: &[u8], expect| {
        assert_eq!(Observed::of(Decoder::new(), [body]).retry, expect, "{}", body.escape_ascii());
    };
    let ms = |ms| Some(Duration::from_millis(ms));
    check(b"retry: 5", None);
    check(b"retry: 5\r", ms(5));
    check(b"retry:0\n", ms(0));
    check(b"retry: 007\n", ms(7));
    check(b"retry:  5\n", None);
    check(b"retry: 5 \n", None);
    check(b"retry: +5\n", None);
    check(b"retry: 5\nretry\nretry: 1e3\n", ms(5));
    check(b"retry: 18446744073709551615\n", ms(u64::MAX));
    check(b"retry: 18446744073709551616\n", ms(u64::MAX));
    check(&[&b"retry: "[..], &[b'9'; 400], b"\n"].concat(), ms(u64::MAX));
    check(&[&b"retry: "[..], &[b'0'; 400], b"1\n"].concat(), ms(1));
}

#[test]
fn an_event_takes_a_retry_up_to_its_own_bound() {
    let mut decoder = Decoder::new();
    let mut input = &b"retry: 18446744073709551615\n\n"[..];
    let Some(Ok(Decoded::Event(event))) = decoder.next(&mut input) else { panic!("no event") };
    assert_eq!(event.retry(), Some(Duration::from_millis(u64::MAX)));
    assert_eq!(Event::from(event).retry(), Some(Event::MAX_RETRY));
}

#[test]
fn an_id_counts_when_its_block_is_complete() {
    let mut decoder = Decoder::new();
    let mut seen = Observed::default();
    assert_eq!(decoder.last_event_id(), "");
    seen.feed(&mut decoder, b"id: 1\ndata: a\n");
    assert_eq!(decoder.last_event_id(), "");
    seen.feed(&mut decoder, b"\r");
    assert_eq!(decoder.last_event_id(), "1");
    seen.feed(&mut decoder, b"\ndata: b\n\n");
    assert_eq!(decoder.last_event_id(), "1");
    seen.feed(&mut decoder, b"id\n\n");
    assert_eq!(decoder.last_event_id(), "");
}

#[test]
fn a_new_connection_forgets_the_unfinished_block_alone() {
    let mut decoder = Decoder::new().with_max_line(20);
    let mut seen = Observed::default();
    seen.feed(&mut decoder, b"\xEF\xBB\xBFid: 1\nretry: 7\n\nid: 2\n:c\nevent: x\ndata: lost\nda");
    decoder.reconnect();
    assert_eq!(decoder.last_event_id(), "1");
    assert_eq!(decoder.retry(), Some(Duration::from_millis(7)));

    let block = Block { data: text("new"), last_event_id: "1".into(), ..Block::default() };
    let seen =
        Observed::of(decoder, [&b"\xEF\xBB"[..], b"\xBFdata: new\n\ndata: more than twenty"]);
    assert_eq!(seen.items[0], Item::Event(block));
    assert!(matches!(seen.items[1..], [Item::TooLong(_)]), "the limit stays: {seen:?}");
}

#[test]
fn a_new_connection_starts_on_a_new_line() {
    // The CR was the old one's, so this LF is an empty line and no second half of a CRLF.
    let mut decoder = Decoder::new();
    Observed::default().feed(&mut decoder, b"data: a\r");
    decoder.reconnect();
    let seen = Observed::of(decoder, [&b"\ndata: b\n\n"[..]]);
    assert_eq!(seen.items, [Item::Event(Block { data: text("b"), ..Block::default() })]);

    // And half a BOM, or half a character, is gone with its connection.
    for half in [&b"\xEF\xBB"[..], b"data: \xF0\x9F"] {
        let mut decoder = Decoder::new();
        Observed::default().feed(&mut decoder, half);
        decoder.reconnect();
        let seen = Observed::of(decoder, [&b"\xEF\xBB\xBFdata: b\n\n"[..]]);
        assert_eq!(seen.items, [Item::Event(Block { data: text("b"), ..Block::default() })]);
    }
}

#[test]
fn a_clone_goes_its_own_way() {
    let mut one = Decoder::new();
    Observed::default().feed(&mut one, b"id: 1\ndata: a\nda");
    let other = one.clone();
    let of = |data: &str| {
        let block = Block { data: text(data), id: text("1"), ..Block::default() };
        [Item::Event(Block { last_event_id: "1".into(), ..block })]
    };
    assert_eq!(Observed::of(one, [&b"ta: b\n\n"[..]]).items, of("a\nb"));
    assert_eq!(Observed::of(other, [&b"ta: c\n\n"[..]]).items, of("a\nc"));
}

#[test]
fn takes_one_item_at_a_time_and_leaves_the_rest() {
    let mut decoder = Decoder::new();
    let mut input = &b"data: a\n\ndata: b\n\nda"[..];
    let data = |item: Option<Result<Decoded<'_>, _>>| match item {
        Some(Ok(Decoded::Event(event))) => event.data().map(str::to_owned),
        _ => None,
    };
    assert_eq!(data(decoder.next(&mut input)).as_deref(), Some("a"));
    assert_eq!(input, b"data: b\n\nda");
    assert_eq!(data(decoder.next(&mut input)).as_deref(), Some("b"));
    assert_eq!(input, b"da");
    assert!(decoder.next(&mut input).is_none());
    assert_eq!(input, b"");
    assert!(decoder.next(&mut input).is_none());
}

#[test]
fn crosses_threads() {
    fn is_send_and_sync<T: Send + Sync + 'static>() {}
    is_send_and_sync::<Decoder>();
    is_send_and_sync::<EventRef<'static>>();
}
