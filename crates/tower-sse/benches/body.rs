//! What a body costs whose events are all ready, in time and allocations:
//! `cargo bench -p tower-sse`.
//!
//! Instructions are counted by the binary `encode` of `bench-server`.

use std::convert::Infallible;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use divan::counter::ItemsCount;
use divan::{AllocProfiler, Bencher, black_box};
use futures_util::stream;
use http_body::Body;
use tower_sse::{Encoded, Event, Item, Sse, Text};

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

const DATA: &str = "an event of 64 bytes, all ready, alone or with very many others.";
const WIRE: &str = "data: an event of 64 bytes, all ready, alone or with very many others.\n\n";

const READY: [usize; 3] = [1, 100, 10_000];

/// Events that the body encodes.
#[divan::bench(args = READY)]
fn events(bencher: Bencher<'_, '_>, ready: usize) {
    let text = Text::from(DATA);
    bench(bencher, ready, || Event::new(text.clone()));
}

/// Events that were encoded before, once for all bodies.
#[divan::bench(args = READY)]
fn shared(bencher: Bencher<'_, '_>, ready: usize) {
    let encoded = Encoded::from(Event::new(DATA));
    bench(bencher, ready, || encoded.clone());
}

fn bench<T: Item>(bencher: Bencher<'_, '_>, ready: usize, event: impl Fn() -> T + Copy) {
    let len = ready * WIRE.len();
    bencher
        .counter(ItemsCount::new(ready))
        .with_inputs(|| Sse::new(stream::iter((0..ready).map(move |_| event()))).into_body())
        .bench_local_values(|body| assert_eq!(drain(body), len));
}

/// Polls a body to its end, and tells how many bytes it had.
fn drain(body: impl Body<Data = Bytes, Error = Infallible>) -> usize {
    let mut body = pin!(body);
    let mut cx = Context::from_waker(Waker::noop());
    let mut len = 0;
    loop {
        match body.as_mut().poll_frame(&mut cx) {
            Poll::Ready(Some(Ok(frame))) => {
                len += black_box(frame).into_data().map_or(0, |data| data.len());
            }
            Poll::Ready(None) => return len,
            // It gives way to others now and then, and has woken us.
            Poll::Pending => {}
        }
    }
}
