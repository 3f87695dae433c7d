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

/// The frames that blocks which are ready at once are sent in.
fn frames<B: Into<Block>>(blocks: impl IntoIterator<Item = B>) -> Vec<Bytes> {
    let mut blocks = blocks.into_iter().peekable();
    let mut frames = Vec::new();
    let mut left = None;
    while left.is_some() || blocks.peek().is_some() {
        let mut frame = match left.take() {
            Some(left) => Frame::after(left, !frames.is_empty()),
            None => match blocks.next().expect("there is one").into() {
                Block::Event(first) => Frame::of(&first),
                Block::Encoded(first) => Frame::after(first.into_bytes(), false),
            },
        };
        while let Some(block) = blocks.next_if(|_| !frame.is_full()) {
            frame.push(block.into());
        }
        let (bytes, rest) = frame.finish();
        frames.push(bytes);
        left = rest;
    }
    frames
}

fn lens<B: Into<Block>>(blocks: impl IntoIterator<Item = B>) -> Vec<usize> {
    frames(blocks).iter().map(Bytes::len).collect()
}

#[test]
fn a_lone_shared_block_is_not_copied() {
    let encoded = shared(100);
    let frames = frames([encoded.clone()]);
    assert_eq!(frames.len(), 1);
    assert_eq!(frames[0].as_ptr(), encoded.bytes().as_ptr());
}

#[test]
fn a_large_shared_block_is_a_frame_of_its_own() {
    let large = shared(UNCOPIED);
    let frames = frames([shared(100), large.clone(), shared(100)]);
    assert_eq!(frames.iter().map(Bytes::len).collect::<Vec<_>>(), [100, UNCOPIED, 100]);
    assert_eq!(frames[1].as_ptr(), large.bytes().as_ptr());
}

#[test]
fn joins_up_to_the_limit_and_no_further() {
    assert_eq!(lens((0..3).map(|_| shared(1000))), [3000]);
    assert_eq!(lens((0..3).map(|_| event(1000))), [3000]);
    assert_eq!(lens((0..20).map(|_| shared(1000))), [16_000, 4_000]);
    assert_eq!(lens((0..20).map(|_| event(1000))), [16_000, 4_000]);
    assert_eq!(lens((0..33).map(|_| shared(512))), [LIMIT, 512]);
    assert_eq!(lens((0..33).map(|_| event(512))), [LIMIT, 512]);
}

#[test]
fn one_event_beyond_the_limit_is_one_frame() {
    assert_eq!(lens([event(100), event(100_000), event(100)]), [100, 100_000, 100]);
    assert_eq!(lens([shared(100), shared(100_000), shared(100)]), [100, 100_000, 100]);
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
    assert_eq!(frames(blocks()).concat(), expected);
}
