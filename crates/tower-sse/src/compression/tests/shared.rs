use tower_sse_codec::{Encoded, Event, Group, Membership};

use super::reader::Reader;
use crate::Encoding;
use crate::compression::packer::Packer;
use crate::compression::{Settings, packs};
use crate::frame::Sink;
use crate::item::Block;

const READERS: usize = 1000;
const EVENTS: u64 = 200;

fn event(group: Group, number: u64) -> Encoded {
    let text =
        format!("{{\"symbol\":\"BTC\",\"price\":{},\"side\":\"buy\"}}", number * 7919 % 1000);
    let event = Event::new(text).with_id(number.into());
    Encoded::from(event).with_membership(Membership::Shared(group, number))
}

#[tokio::test(start_paused = true)]
async fn an_event_is_compressed_twice_at_most_however_many_read_it() {
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        let settings = Settings { encoding, level: None, window: None };
        let group = Group::new();
        let pack = packs::of(group, settings);
        let mut readers: Vec<(Packer, Reader)> = Vec::new();
        for number in 0..EVENTS {
            // They come all the while, and some are sent a keep-alive.
            for _ in 0..READERS / EVENTS as usize {
                readers.push((Packer::new(settings), Reader::new(encoding)));
            }
            let at = number as usize % readers.len();
            readers[at].0.push_private(b":\n\n");
            let event = event(group, number);
            for (n, (packer, reader)) in readers.iter_mut().enumerate() {
                packer.push(Block::Encoded(event.clone()));
                let (bytes, _) = packer.finish(false).expect("there is memory");
                let read = reader.read(&bytes);
                let read = if n == at { &read[3..] } else { &read };
                assert_eq!(read, event.bytes());
            }
        }
        let calls = pack.calls() as u64;
        assert!(calls <= 2 * EVENTS, "{encoding:?}: {calls} calls for {EVENTS} events");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_shared_is_given_uncopied_and_forgotten_with_its_readers() {
    let settings = Settings { encoding: Encoding::Gzip, level: None, window: None };
    let group = Group::new();
    let mut readers = [Packer::new(settings), Packer::new(settings)];
    let frames = [0, 1].map(|number| {
        let event = event(group, number);
        readers.each_mut().map(|packer| {
            packer.push(Block::Encoded(event.clone()));
            packer.finish(false).expect("there is memory").0
        })
    });
    let [_, [one, other]] = frames;
    assert_eq!(one.as_ptr(), other.as_ptr());

    drop(readers);
    assert_eq!(packs::of(group, settings).calls(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_log_that_begins_anew_again_and_again_is_shared_still() {
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        let settings = Settings { encoding, level: None, window: None };
        let (mut packer, mut reader) = (Packer::new(settings), Reader::new(encoding));
        for _ in 0..10 {
            let group = Group::new();
            let pack = packs::of(group, settings);
            for number in 0..60 {
                let event = event(group, number);
                packer.push(Block::Encoded(event.clone()));
                let (bytes, _) = packer.finish(false).expect("there is memory");
                assert_eq!(&reader.read(&bytes), event.bytes());
            }
            assert!(pack.calls() > 0, "{encoding:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_little_between_what_is_shared_is_not_worth_a_compressor() {
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        let (mut packer, mut reader) =
            (Packer::new(Settings { encoding, level: None, window: None }), Reader::new(encoding));
        let mine = Event::new("mine, mine, mine, mine, mine, mine");
        let plain = Encoded::from(&mine).into_bytes();
        packer.push(Block::Encoded(event(Group::new(), 0)));
        reader.read(&packer.finish(false).expect("there is memory").0);
        // Who goes on with it is better off with one.
        for is_stored in [true, false] {
            packer.push(Block::Event(mine.clone()));
            let (bytes, _) = packer.finish(false).expect("there is memory");
            assert_eq!(bytes.windows(plain.len()).any(|bytes| bytes == plain), is_stored);
            assert_eq!(reader.read(&bytes), plain);
        }
    }
}
