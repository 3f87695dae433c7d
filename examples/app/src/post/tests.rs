use bytes::Bytes;
use futures_util::stream;

use super::*;

/// Reads the text whole and in pieces that cut characters.
async fn check(body: impl AsRef<[u8]>, expected: Result<&str, Refused>) {
    let body = body.as_ref();
    for size in [usize::MAX, 7, 1] {
        let parts = body.chunks(size).map(|part| Ok::<_, ()>(Bytes::copy_from_slice(part)));
        let read = read_text(stream::iter(parts)).await;
        assert_eq!(read.as_deref(), expected.as_ref().map(|text| *text), "in parts of {size}");
    }
}

#[tokio::test]
async fn a_text_has_at_most_1_000_characters() {
    for character in ["a", "é", "語", "🦀"] {
        let text = character.repeat(1_000);
        check(&text, Ok(&text)).await;
        check(text + character, Err(Refused::TooLong)).await;
    }
    check("a".repeat(100_000), Err(Refused::TooLong)).await;
}

#[tokio::test]
async fn a_text_is_kept_as_it_came() {
    for text in [" a\r\n\tb ", "\u{feff}x", "<b>&amp;", "a\0b"] {
        check(text, Ok(text)).await;
    }
}

#[tokio::test]
async fn what_is_no_text_is_refused() {
    for blank in ["", " ", "\r\n\t", "\u{3000}"] {
        check(blank, Err(Refused::Blank)).await;
    }
    for bytes in [&b"\xff"[..], b"caf\xe9", b"\xf0\x9f\xa6"] {
        check(bytes, Err(Refused::NotUtf8)).await;
    }
}

#[tokio::test]
async fn a_text_without_end_is_cut_off() {
    let parts = std::iter::repeat_with(|| Ok::<_, ()>(&[b'a'; 65_536][..]));
    assert_eq!(read_text(stream::iter(parts)).await, Err(Refused::TooLong));
}

#[tokio::test]
async fn half_a_text_is_refused() {
    let parts = [Ok(Bytes::from_static(b"half")), Err(())];
    assert_eq!(read_text(stream::iter(parts)).await, Err(Refused::Broken));
}
