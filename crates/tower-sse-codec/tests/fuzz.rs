//! The fuzzers of `fuzz/` without a fuzzer: on stable Rust, from seeds, by blind mutation.
//!
//! - `FUZZ_SECONDS`: how long each target runs, 1 if not set;
//! - `FUZZ_SEED`: the seed, another one each time if not set;
//! - `FUZZ_CORPUS`: a directory to write the seeds to, for a real fuzzer, and nothing else is done.

mod support;

use std::time::{Duration, Instant};
use std::{env, fs, panic};

use fastrand::Rng;

use self::support::targets;

type Target = fn(&[u8]);

#[test]
fn decode() {
    let cases = conformance::cases::decode();
    let seeds = cases.iter().flat_map(|case| {
        // As it is, cut in the middle, and within narrow limits.
        [[0, 0, 127], [16, 40, 60]].map(|head| [&head, &case.input[..]].concat())
    });
    // And a block that fits its limit, and would not as replaced text.
    let broken = [0xFF; 15];
    let parts =
        [&[40, 60, 127][..], b"data:", &broken, b"\nid:", &broken, b"\n:", &broken, b"\n\n"];
    fuzz("decode", targets::decode, seeds.chain([parts.concat()]).collect());
}

#[test]
fn round_trip() {
    let cases = conformance::cases::encode();
    let seeds = cases.iter().map(|case| {
        let input = &case.input;
        let retry = input.retry().ok().flatten().map(|retry| retry.as_millis().to_string());
        let parts =
            [(1, &input.data), (2, &input.comment), (3, &retry), (4, &input.id), (5, &input.event)];
        let parts = parts.into_iter().filter_map(|(kind, text)| {
            text.as_ref().map(|text| [&[kind], text.as_bytes(), &[0xFF]].concat())
        });
        parts.flatten().collect()
    });
    fuzz("round_trip", targets::round_trip, seeds.collect());
}

#[test]
fn last_event_id() {
    let ids =
        ["", "1", "msg:01ARZ3", "naïve ☃", "a b", "a\0b", "a\rb", "a\n", "\u{FEFF}", "\u{7F}"];
    let mut seeds: Vec<Vec<u8>> = ids.map(|id| id.as_bytes().to_vec()).into();
    seeds.extend([1022, 1023, 1024, 1025, 1026].map(|length| vec![b'x'; length]));
    fuzz("last_event_id", targets::last_event_id, seeds);
}

#[test]
fn mutants_come_to_what_no_seed_has() {
    let seeds = [b"data: a\n\n".to_vec()];
    let mut rng = Rng::with_seed(1);
    let mut wanted: Vec<&[u8]> =
        vec![b"\0\0", b"\r\ndata: b", b"a\n\ndata: a\r", b"\xEF\xBB\xBFdata"];
    for _ in 0..1_000_000 {
        let mutant = mutant(&mut rng, &seeds);
        wanted.retain(|wanted| !mutant.windows(wanted.len()).any(|part| part == *wanted));
        if wanted.is_empty() {
            return;
        }
    }
    panic!("no mutant has {wanted:?}");
}

/// Runs a target as the variables of the environment say.
fn fuzz(name: &'static str, target: Target, seeds: Vec<Vec<u8>>) {
    if let Some(corpus) = env::var_os("FUZZ_CORPUS") {
        let directory = std::path::Path::new(&corpus).join(name);
        fs::create_dir_all(&directory).expect("a directory for the seeds");
        for (n, seed) in seeds.iter().enumerate() {
            fs::write(directory.join(format!("seed-{n}")), seed).expect("a file for a seed");
        }
        return;
    }
    let number = |name: &str| Some(env::var(name).ok()?.parse().expect("a whole number"));
    let seed = number("FUZZ_SEED").unwrap_or_else(|| fastrand::u64(..));
    let time = Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(1));

    println!("{name}: FUZZ_SEED={seed}");
    let mut run = Run { name, target, seed, executions: 0 };
    seeds.iter().for_each(|seed| run.one(seed));
    let mut rng = Rng::with_seed(seed);
    let started = Instant::now();
    while started.elapsed() < time {
        run.one(&mutant(&mut rng, &seeds));
    }
    let Run { executions, .. } = run;
    let each_second = executions as f64 / started.elapsed().as_secs_f64();
    println!("{name}: {executions} executions, {each_second:.0} a second");
}

struct Run {
    name: &'static str,
    target: Target,
    seed: u64,
    executions: u64,
}

impl Run {
    fn one(&mut self, input: &[u8]) {
        self.executions += 1;
        if let Err(cause) = panic::catch_unwind(|| (self.target)(input)) {
            let Self { name, seed, executions, .. } = self;
            println!("{name}: FUZZ_SEED={seed}, execution {executions}, by this input:");
            println!("b\"{}\"", input.escape_ascii());
            panic::resume_unwind(cause);
        }
    }
}

/// What means something to the format, whole or broken.
const TOKENS: [&[u8]; 28] = [
    b"\n",
    b"\r",
    b"\r\n",
    b"\n\n",
    b"\r\r",
    b"\r\n\r\n",
    b"\n\r",
    b":",
    b": ",
    b" ",
    b"\0",
    b"data",
    b"data:",
    b"data: x\n",
    b"event: message\n",
    b"event",
    b"id",
    b"id: 1\n",
    b"id: \0\n",
    b"retry: 10\n",
    b"retry:18446744073709551616",
    b"\xEF\xBB\xBF",
    b"\xEF\xBB",
    b"\xF0\x9F\x98\x80",
    b"\xF0\x9F",
    b"\xC3",
    b"\xFF",
    b"\xED\xA0\x80",
];

/// A seed that has been changed a few times.
fn mutant(rng: &mut Rng, seeds: &[Vec<u8>]) -> Vec<u8> {
    /// Long inputs say little more and take much longer.
    const MAX_LEN: usize = 2048;

    let pick = |rng: &mut Rng| &seeds[rng.usize(..seeds.len())];
    let mut bytes = pick(rng).clone();
    bytes.truncate(MAX_LEN);
    for _ in 0..rng.u32(1..=8) {
        let at = rng.usize(..=bytes.len());
        let until = (at + rng.usize(..=16)).min(bytes.len());
        match rng.u32(..8) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.u32(..8),
            1 if at < bytes.len() => bytes[at] = rng.u8(..),
            2 => drop(bytes.drain(at..until)),
            3 => {
                let again = bytes[at..until].to_vec();
                insert(&mut bytes, at, &again);
            }
            4 => {
                let other = pick(rng);
                let from = rng.usize(..=other.len());
                let until = (from + rng.usize(..=64)).min(other.len());
                insert(&mut bytes, at, &other[from..until]);
            }
            5 if rng.u32(..8) == 0 => bytes.truncate(at),
            _ => insert(&mut bytes, at, TOKENS[rng.usize(..TOKENS.len())]),
        }
    }
    bytes
}

fn insert(bytes: &mut Vec<u8>, at: usize, piece: &[u8]) {
    bytes.splice(at..at, piece.iter().copied());
}
