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
