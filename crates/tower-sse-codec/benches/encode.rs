//! What one event costs to encode, in time and allocations: `cargo bench -p tower-sse-codec`.
//!
//! Instructions are counted by the binary `encode` of `bench-server`.

use std::fmt;

use bytes::BytesMut;
use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher, black_box};
use tower_sse_codec::{Encoded, Event};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const CASES: [Case; 3] =
    [Case { lines: 1, len: 64 }, Case { lines: 8, len: 32 }, Case { lines: 1, len: 4096 }];

/// Into a buffer that is kept: no allocation.
#[divan::bench(args = CASES)]
fn reused(bencher: Bencher<'_, '_>, case: Case) {
    let (event, wire) = (case.event(), case.wire());
    let mut out = BytesMut::with_capacity(wire.len());
    let room = out.as_ptr();
    bencher.counter(BytesCount::of_str(&wire)).bench_local(|| {
        out.clear();
        black_box(&event).encode(&mut out);
    });
    assert_eq!(out, wire);
    assert_eq!(out.as_ptr(), room, "encoding moved a buffer that had room");
}

/// Into bytes of its own, made to be shared: one allocation.
#[divan::bench(args = CASES)]
fn standalone(bencher: Bencher<'_, '_>, case: Case) {
    let (event, wire) = (case.event(), case.wire());
    let encode = || Encoded::from(black_box(&event));
    bencher.counter(BytesCount::of_str(&wire)).bench_local(encode);
    assert_eq!(encode().bytes(), &wire);
}

/// Data of so many lines of so many bytes each.
#[derive(Clone, Copy)]
struct Case {
    lines: usize,
    len: usize,
}

impl Case {
    fn line(self) -> String {
        "x".repeat(self.len)
    }

    fn event(self) -> Event {
        Event::new(vec![self.line(); self.lines].join("\n"))
    }

    fn wire(self) -> String {
        format!("data: {}\n", self.line()).repeat(self.lines) + "\n"
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {} B", self.lines, self.len)
    }
}
