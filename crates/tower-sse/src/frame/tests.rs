use tower_sse_codec::Encoded;

use super::*;

fn shared(len: usize) -> Encoded {
    let encoded = Encoded::from(Event::new("x".repeat(len - "data: \n\n".len())));
    assert_eq!(encoded.bytes().len(), len);
    encoded
}

fn event(len: usize) -> Event {
    Event::new("y".repeat(len - "data: \n\n".len()))
}

/// Pushes all, taking a frame whenever it is full, and gives the lengths of the frames.
fn frames<B: Into<Block>>(blocks: impl IntoIterator<Item = B>) -> Vec<usize> {
    let mut frame = Frame::default();
    let mut lens = Vec::new();
    for block in blocks {
        frame.push(block);
        while frame.is_full() {
            lens.push(frame.take().expect("a full frame has bytes").len());
        }
    }
    lens.extend(std::iter::from_fn(|| frame.take()).map(|bytes| bytes.len()));
    lens
}

#[test]
fn a_lone_shared_block_is_not_copied() {
    let encoded = shared(100);
    let mut frame = Frame::default();
    frame.push(encoded.clone());
    let taken = frame.take().expect("a block");
    assert_eq!(taken.as_ptr(), encoded.bytes().as_ptr());
    assert_eq!(frame.take(), None);
}

#[test]
fn a_large_shared_block_is_a_frame_of_its_own() {
    let large = shared(UNCOPIED);
    let mut frame = Frame::default();
    frame.push(shared(100));
    assert!(!frame.is_full());
    frame.push(large.clone());
    assert!(frame.is_full());
    assert_eq!(frame.take().map(|bytes| bytes.len()), Some(100));
    assert!(frame.is_full(), "what is large does not wait for more");
    assert_eq!(frame.take().map(|bytes| bytes.as_ptr()), Some(large.bytes().as_ptr()));
    assert!(frame.is_empty());
}

#[test]
fn joins_up_to_the_limit_and_no_further() {
    assert_eq!(frames((0..3).map(|_| shared(1000))), [3000]);
    assert_eq!(frames((0..3).map(|_| event(1000))), [3000]);
    assert_eq!(frames((0..20).map(|_| shared(1000))), [16_000, 4_000]);
    assert_eq!(frames((0..20).map(|_| event(1000))), [16_000, 4_000]);
    assert_eq!(frames((0..33).map(|_| shared(512))), [LIMIT, 512]);
    assert_eq!(frames((0..33).map(|_| event(512))), [LIMIT, 512]);
}

#[test]
fn one_event_beyond_the_limit_is_one_frame() {
    assert_eq!(frames([event(100), event(100_000), event(100)]), [100, 100_000, 100]);
    assert_eq!(frames([shared(100), shared(100_000), shared(100)]), [100, 100_000, 100]);
}

#[test]
fn events_and_shared_blocks_keep_their_order() {
    let blocks = || -> Vec<Block> {
        vec![
            Event::new("1").into(),
            Encoded::from(Event::new("2")).into(),
            shared(5000).into(),
            Encoded::from(Event::new("3")).into(),
            Event::new("4").into(),
            event(20_000).into(),
            Event::new("5").into(),
        ]
    };
    let mut expected = BytesMut::new();
    for block in blocks() {
        match block {
            Block::Event(event) => event.encode(&mut expected),
            Block::Encoded(encoded) => expected.extend_from_slice(encoded.bytes()),
        }
    }
    let mut frame = Frame::default();
    let mut seen = BytesMut::new();
    for block in blocks() {
        frame.push(block);
        while frame.is_full() {
            seen.extend_from_slice(&frame.take().expect("a full frame has bytes"));
        }
    }
    seen.extend_from_slice(&frame.take().expect("a last block"));
    assert_eq!(seen, expected);
}

#[test]
fn owns_no_memory_between_frames() {
    let mut frame = Frame::default();
    for _ in 0..100 {
        frame.push(event(1000));
        while frame.is_full() {
            frame.take();
        }
    }
    while frame.take().is_some() {}
    assert_eq!(frame.joined.capacity(), 0);
}
