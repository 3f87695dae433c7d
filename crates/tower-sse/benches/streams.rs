//! What it costs to count a stream: `cargo bench -p tower-sse --bench streams`. It fails when that is
//! more than one allocation.

use allocation_counter::measure;
use divan::{Bencher, black_box};
use http::Request;
use http::request::Parts;
use tower_sse::{Key, Permit, Streams};

fn main() {
    is_one_allocation();
    divan::main();
}

/// How many are open meanwhile.
const OPEN: [usize; 2] = [10, 100_000];

/// Streams of which each has a key of its own.
fn streams(open: usize) -> Streams {
    let builder = Streams::builder().with_max_open(open + 1).with_max_per_key(1);
    builder.with_key(|request: &Parts| request.extensions.get::<u64>().copied()).build()
}

fn request(key: usize) -> Parts {
    let mut request = Request::new(()).into_parts().0;
    request.extensions.insert(key as u64);
    request
}

fn is_one_allocation() {
    let (streams, request) = (streams(OPEN[0]), request(0));
    // There is room for it then.
    drop(streams.admit(&request).expect("there is room"));
    let info = measure(|| drop(black_box(streams.admit(&request).expect("there is room"))));
    assert_eq!(info.count_total, 1, "{info:?}");
    println!("a stream is one allocation of {} bytes", info.bytes_total);
}

#[divan::bench(args = OPEN)]
fn open_and_close(bencher: Bencher<'_, '_>, open: usize) {
    let streams = streams(open);
    let held: Vec<Permit> =
        (0..open).map(|n| streams.admit(&request(n)).expect("there is room")).collect();
    let request = request(open);
    bencher.bench_local(|| {
        drop(black_box(streams.admit(black_box(&request)).expect("there is room")));
    });
    assert_eq!((streams.open(), streams.open_of(Key::from(0))), (open, 1));
    drop(held);
}
