//! How much a decoder holds: counted by an allocator, for each thread alone.

use allocation_counter::measure;
use tower_sse_codec::Decoder;

const KIB: usize = 1024;
const LIMIT: usize = 1024 * KIB;
/// What may come on top of a limit.
const MARGIN: usize = 64 * KIB;
/// How much of each stream is fed.
const FED: usize = 4 * LIMIT;

#[derive(Debug, Default)]
struct Memory {
    /// The most that was held between two pieces.
    held: usize,
    /// The most at any time; a buffer that grows counts twice while it moves.
    peak: usize,
    /// All that was ever asked for, over again for each growth.
    total: usize,
}

/// What `decoder` takes for a stream that comes in these pieces.
fn memory<'p>(mut decoder: Decoder, pieces: impl IntoIterator<Item = &'p [u8]>) -> Memory {
    let mut memory = Memory::default();
    let mut held = 0;
    for mut piece in pieces {
        let info = measure(|| while decoder.next(&mut piece).is_some() {});
        let peak = held + i64::try_from(info.bytes_max).expect("bytes");
        held += info.bytes_current;
        let bytes = |count: i64| usize::try_from(count).expect("no fewer than none");
        memory.held = memory.held.max(bytes(held));
        memory.peak = memory.peak.max(bytes(peak));
        memory.total += usize::try_from(info.bytes_total).expect("bytes");
    }
    memory
}

fn decoder() -> Decoder {
    Decoder::new().with_max_line(LIMIT).with_max_event(LIMIT)
}

/// `start`, and then `again` and `again`.
fn endless(start: &[u8], again: &[u8]) -> Vec<u8> {
    [start, &again.repeat(FED / again.len())].concat()
}

#[test]
fn holds_no_more_than_its_limit_whatever_comes() {
    let broken = [&[0xFF; 99][..], b"\n"].concat();
    let broken_data = [b"data:", &broken[..]].concat();
    let broken_comment = [b":", &broken[..]].concat();
    let streams = [
        ("one line", endless(b"", b"x")),
        ("one data line", endless(b"data:", b"x")),
        ("one comment", endless(b":", b"x")),
        ("one id", endless(b"id:", b"x")),
        ("one event name", endless(b"event:", b"x")),
        ("one retry", endless(b"retry:", b"1")),
        ("one unknown field", endless(b"unknown:", b"x")),
        ("data lines", endless(b"", b"data: 0123456789\n")),
        ("empty data lines", endless(b"", b"data\n")),
        ("comments", endless(b"", b": 0123456789\n")),
        ("empty comments", endless(b"", b":\r\n")),
        ("data lines and comments", endless(b"", b"data: 0123456789\n:\n")),
        ("ids", endless(b"", b"id: 0123456789\n")),
        ("event names", endless(b"", b"event: 0123456789\n")),
        ("retries", endless(b"", b"retry: 0123456789\n")),
        ("unknown fields", endless(b"", b"unknown: 0123456789\n")),
        ("one broken line", endless(b"data:", b"\xFF")),
        ("one broken comment", endless(b":", b"\xFF")),
        ("one broken id", endless(b"id:", b"\xFF")),
        ("broken data lines", endless(b"", &broken_data)),
        ("broken comments", endless(b"", &broken_comment)),
        ("blocks as long as the limit", {
            let block = [b"data:", &vec![b'x'; LIMIT - 6][..], b"\n\n"].concat();
            endless(b"", &block)
        }),
        ("broken blocks", {
            let block = [b"data:", &vec![0xFF; LIMIT / 4][..], b"\n\n"].concat();
            endless(b"", &block)
        }),
        ("blocks that are too long once replaced", {
            let block = [b"data:", &vec![0xFF; LIMIT / 2][..], b"\n\n"].concat();
            endless(b"", &block)
        }),
        ("lines that are too long once replaced", {
            let line = [b":", &vec![0xFF; LIMIT - 2][..], b"\n\n"].concat();
            endless(b"", &line)
        }),
        ("blocks that end one byte too late", {
            let block = [b":", &vec![b'x'; LIMIT - 1][..], b"\n\n"].concat();
            endless(b"", &block)
        }),
    ];
    let mut over = Vec::new();
    for (name, stream) in streams {
        for length in [1000, 64 * KIB, FED] {
            let memory = memory(decoder(), stream.chunks(length));
            if memory.held > LIMIT + MARGIN || memory.peak > 2 * LIMIT + MARGIN {
                over.push(format!("{name}, by {length}: {memory:?}"));
            }
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}

#[test]
fn holds_no_more_than_twice_its_limit_when_several_parts_are_long() {
    let data = endless(b"data:", b"x");
    let start = [&data[..LIMIT / 4], b"\nid:", &data[..LIMIT / 4], b"\n"].concat();
    let stream = endless(&start, b":x\n");
    for length in [1000, 64 * KIB, FED] {
        let memory = memory(decoder(), stream.chunks(length));
        assert!(memory.held <= 2 * LIMIT, "{memory:?}");
    }
}

#[test]
fn a_skipped_block_takes_no_memory() {
    let stream = endless(b"data:", b"x");
    let mut decoder = decoder();
    let mut input = &stream[..];
    while decoder.next(&mut input).is_some() {}
    for again in [&b"x"[..], b"data: 0123456789\n", b"id: 1\n", b":\n", b"\xFF"] {
        let more = endless(b"", again);
        let memory = memory(decoder.clone(), more.chunks(1000));
        assert_eq!((memory.peak, memory.total), (0, 0), "{}", again.escape_ascii());
    }
}

#[test]
fn nothing_is_allocated_for_short_events_again_and_again() {
    let event = b": comment\nevent: name\nid: 12345\nretry: 100\ndata: one\ndata: two\n\n";
    let mut decoder = Decoder::new();
    let mut input = &event[..];
    while decoder.next(&mut input).is_some() {}
    let stream = event.repeat(100);
    for length in [1, 7, stream.len()] {
        let memory = memory(decoder.clone(), stream.chunks(length));
        // What the clone itself had left out: its buffers, once.
        assert!(memory.total <= 2 * KIB, "by {length}: {memory:?}");
    }
}

/// Each byte is asked for a bounded number of times, into however many pieces a stream is chopped:
/// a buffer that grew by a little at a time would be asked for again with every piece.
#[test]
fn allocates_in_proportion_to_what_it_reads() {
    for stream in [
        [&b"data:"[..], &vec![b'x'; LIMIT / 2], b"\n\n"].concat(),
        b"data: 0123456789\n".repeat(LIMIT / 20),
        b": 0123456789\n".repeat(LIMIT / 20),
        [&b"id:"[..], &vec![b'x'; LIMIT / 2], b"\n\n"].concat(),
        [&b"data:"[..], &vec![0xFF; LIMIT / 4], b"\n\n"].concat(),
    ] {
        for length in [1, 100, stream.len()] {
            let memory = memory(decoder(), stream.chunks(length));
            // What is broken grows threefold, and so does all that is done for it.
            let bound = 16 * stream.len() + MARGIN;
            assert!(memory.total <= bound, "by {length}: {memory:?}, bound {bound}");
        }
    }
}
