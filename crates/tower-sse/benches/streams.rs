//! What it costs to count a stream, in time and allocations:
//! `cargo bench -p tower-sse --bench streams`.

use divan::{AllocProfiler, Bencher, black_box};
use http::Request;
use http::request::Parts;
use tower_sse::{Key, Permit, Streams};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// How many are open meanwhile.
const OPEN: [usize; 2] = [10, 100_000];

/// Each of a key of its own.
#[divan::bench(args = OPEN)]
fn open_and_close(bencher: Bencher<'_, '_>, open: usize) {
    let streams = Streams::builder()
        .with_max_open(open + 1)
        .with_max_per_key(1)
        .with_key(|request: &Parts| request.extensions.get::<u64>().copied())
        .build();
    let request = |n: usize| {
        let mut request = Request::new(()).into_parts().0;
        request.extensions.insert(n as u64);
        request
    };
    let held: Vec<Permit> =
        (0..open).map(|n| streams.admit(&request(n)).expect("there is room")).collect();
    let request = request(open);
    bencher.bench_local(|| {
        drop(black_box(streams.admit(black_box(&request)).expect("there is room")));
    });
    assert_eq!((streams.open(), streams.open_of(Key::from(0))), (open, 1));
    drop(held);
}
