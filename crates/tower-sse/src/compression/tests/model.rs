//! Connections that read of a group, each in its own way, against the plain bytes of what they read,
//! under seeded chance.
//!
//! `MODEL_SEEDS=10000 cargo test -p tower-sse --all-features model` tries more seeds.

use std::time::Duration;

use fastrand::Rng;
use tokio::runtime::Builder;
use tower_sse_codec::{Encoded, Event, Group, Membership, Run, RunBuilder};

use super::reader::Reader;
use crate::compression::packer::Packer;
use crate::compression::{Encoding, Settings};
use crate::frame::Sink;
use crate::item::Block;

/// What is published to a topic.
struct Topic {
    group: Group,
    events: Vec<Event>,
}

impl Topic {
    fn new() -> Self {
        Self { group: Group::new(), events: Vec::new() }
    }

    fn publish(&mut self, rng: &mut Rng) {
        if rng.u8(..16) == 0 {
            // The shortest that there is: one byte.
            return self.events.push(Event::default());
        }
        let len = if rng.u8(..) < 8 { rng.usize(..20_000) } else { rng.usize(..200) };
        let word = || *rng.choice(&["price", "size", "{\"a\":1}", "\n", "7", "è"]).expect("some");
        let text: String = std::iter::repeat_with(word).take(len / 4).collect();
        self.events.push(Event::new(text).with_id((self.events.len() as u64).into()));
    }

    /// Events that follow each other, as a hub gives them.
    fn run(&self, from: usize, count: usize) -> Encoded {
        let mut builder = RunBuilder::default();
        self.events[from..from + count].iter().for_each(|event| builder.push(event));
        let run: Run = builder.split();
        run.slice(0..count).with_membership(Membership::Shared(self.group, from as u64))
    }
}

/// A connection, and what it is to read.
struct Connection {
    packer: Packer,
    reader: Reader,
    /// Where it is in each topic.
    at: [usize; 2],
    /// Whether it reads both.
    both: bool,
    /// What the frame stands for.
    plain: Vec<u8>,
}

impl Connection {
    fn join(encoding: Encoding, topics: &[Topic; 2], rng: &mut Rng) -> Self {
        let (level, window) = (None, rng.bool().then_some(10));
        let at = |topic: &Topic, rng: &mut Rng| match rng.u8(..3) {
            0 => topic.events.len(),
            1 => topic.events.len().saturating_sub(rng.usize(..12)),
            _ => rng.usize(..=topic.events.len()),
        };
        Self {
            packer: Packer::new(Settings { encoding, level, window }),
            reader: Reader::new(encoding),
            at: [at(&topics[0], rng), at(&topics[1], rng)],
            both: rng.u8(..8) == 0,
            plain: Vec::new(),
        }
    }

    fn push(&mut self, encoded: Encoded) {
        self.plain.extend_from_slice(encoded.bytes());
        self.packer.push(Block::Encoded(encoded));
    }

    fn step(&mut self, topics: &[Topic; 2], rng: &mut Rng) {
        let number = if self.both { rng.usize(..2) } else { 0 };
        let topic = &topics[number];
        let at = &mut self.at[number];
        match rng.u8(..100) {
            // What is ready, or a part of it.
            0..70 => {
                let ready = topic.events.len().saturating_sub(*at);
                let count = if rng.bool() { ready } else { ready.min(rng.usize(..4)) };
                if count > 0 {
                    let run = topic.run(*at, count);
                    *at += count;
                    self.push(run);
                }
            }
            70..78 => {
                let comment = Encoded::from(Event::default().with_comment("alive"));
                self.plain.extend_from_slice(comment.bytes());
                self.packer.push_private(comment.bytes());
            }
            78..84 => {
                let checkpoint = Event::default().with_id((*at as u64).into());
                let membership = Membership::Private;
                self.push(Encoded::from(checkpoint).with_membership(membership));
            }
            // It was too slow: a gap, and on from somewhere else.
            84..90 => {
                *at = rng.usize(*at.min(&mut topic.events.len().clone())..=topic.events.len());
                let membership = Membership::Private;
                self.push(Encoded::from(Event::new("gap")).with_membership(membership));
            }
            // From a log, or from another stream altogether.
            90..96 => self.push(Encoded::from(Event::new("of no group".repeat(rng.usize(1..200))))),
            _ => {
                let event = Event::new("an event that is not encoded");
                self.plain.extend_from_slice(Encoded::from(&event).bytes());
                self.packer.push(Block::Event(event));
            }
        }
    }

    /// Ends a frame, which can be read at once.
    fn flush(&mut self, is_end: bool) {
        if self.plain.is_empty() && !is_end {
            return;
        }
        let (bytes, taken) = self.packer.finish(is_end).expect("there is memory");
        assert_eq!(taken, self.plain.len());
        let read = self.reader.read(&bytes);
        assert_eq!(String::from_utf8_lossy(&read), String::from_utf8_lossy(&self.plain));
        self.plain.clear();
        assert!(!is_end || self.reader.is_at_end());
    }
}

async fn run(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let encoding = if rng.bool() { Encoding::Gzip } else { Encoding::Zstd };
    let mut topics = [Topic::new(), Topic::new()];
    let mut connections: Vec<Connection> = Vec::new();
    for _ in 0..120 {
        match rng.u8(..100) {
            0..40 => topics[usize::from(rng.u8(..5) == 0)].publish(&mut rng),
            40..46 if connections.len() < 5 => {
                connections.push(Connection::join(encoding, &topics, &mut rng));
            }
            46..50 if !connections.is_empty() => {
                let at = rng.usize(..connections.len());
                connections.swap_remove(at).flush(true);
            }
            50..54 => tokio::time::advance(Duration::from_secs(rng.u64(..20))).await,
            // The log is another.
            54..55 => {
                topics[0] = Topic::new();
                connections.iter_mut().for_each(|connection| connection.at[0] = 0);
            }
            _ => {
                let Some(connection) = rng.choice(&mut connections) else { continue };
                for _ in 0..rng.usize(1..4) {
                    connection.step(&topics, &mut rng);
                }
                connection.flush(false);
            }
        }
    }
    connections.into_iter().for_each(|mut connection| connection.flush(true));
}

#[test]
fn whatever_a_connection_reads_it_reads_as_it_is() {
    let seeds = std::env::var("MODEL_SEEDS").ok().and_then(|seeds| seeds.parse().ok());
    let first = std::env::var("MODEL_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(0);
    for seed in first..first + seeds.unwrap_or(1000) {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        let runtime = runtime.expect("a runtime can be had");
        let run = std::panic::AssertUnwindSafe(|| runtime.block_on(run(seed)));
        if std::panic::catch_unwind(run).is_err() {
            panic!("seed {seed}");
        }
    }
}
