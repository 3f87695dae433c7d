//! What compression costs, and what it saves, without a socket: `compress SUBSCRIBERS EVENTS`.
//!
//! Subscribers of one topic get events as they are, compressed once for all, each through a
//! compressor of its own, and through tower-http's layer. It fails when an event does not come at
//! once, and when memory or bytes miss their goals. Memory that zstd takes in C is not seen.
//!
//! ```text
//! cargo build --release -p bench-server && target/release/compress 1000 2000
//! ```

use std::convert::Infallible;
use std::env;
use std::pin::Pin;
use std::process::ExitCode;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use allocation_counter::measure;
use bench_server::Result;
use bytes::Bytes;
use futures_util::StreamExt;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;
use tower_sse::{Compression, Encoding, Event, Sse};
use tower_sse_hub::{Hub, Subscription};

type Body = Pin<Box<UnsyncBoxBody<Bytes, Box<dyn std::error::Error + Send + Sync>>>>;

/// How a subscriber is served.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    Plain,
    Shared(Encoding),
    Own(Encoding),
    /// With the level and the window of what is shared.
    OwnBest(Encoding),
    TowerHttp,
}

/// What it costs.
struct Cost {
    /// Of one subscriber after the first, after some events, and of the first.
    memory: f64,
    first: i64,
    bytes: f64,
    allocations: f64,
    nanos: f64,
}

fn main() -> Result<ExitCode> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [subscribers, events] = args.as_slice() else {
        return Err("usage: compress SUBSCRIBERS EVENTS".into());
    };
    let (subscribers, events): (usize, usize) = (subscribers.parse()?, events.parse()?);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let _entered = runtime.enter();

    let [gzip, zstd, br] = [Encoding::Gzip, Encoding::Zstd, Encoding::Brotli];
    let ways = [
        Way::Plain,
        Way::Shared(gzip),
        Way::Shared(zstd),
        Way::Own(gzip),
        Way::Own(zstd),
        Way::Own(br),
        Way::OwnBest(gzip),
        Way::OwnBest(zstd),
        Way::TowerHttp,
    ];
    println!("{subscribers} subscribers, {events} events");
    println!(
        "{:<16}{:>12}{:>12}{:>12}{:>8}{:>10}{:>10}",
        "", "first", "memory", "bytes", "ratio", "allocs", "ns"
    );
    let costs = ways.map(|way| {
        // A compressor of its own takes long.
        let many = if !matches!(way, Way::Plain | Way::Shared(_)) {
            subscribers / 10
        } else {
            subscribers
        };
        (way, cost(way, many.max(1), events))
    });
    let of = |wanted: Way| &costs.iter().find(|(way, _)| *way == wanted).expect("it is there").1;
    for (way, cost) in &costs {
        let name = format!("{way:?}").to_lowercase();
        let Cost { memory, first, bytes, allocations, nanos } = cost;
        let ratio = of(Way::Plain).bytes / bytes;
        println!(
            "{name:<16}{first:>12}{memory:>12.0}{bytes:>12.1}{ratio:>8.2}{allocations:>10.3}{nanos:>10.1}"
        );
    }
    let mut all_hold = true;
    for encoding in [gzip, zstd] {
        let (shared, own) = (of(Way::Shared(encoding)), of(Way::OwnBest(encoding)));
        let more = shared.memory - of(Way::Plain).memory;
        let share = own.bytes / shared.bytes;
        println!(
            "{encoding:?}: {more:.0} bytes more a subscriber (<= 512), ratio {share:.2} of a compressor each (>= 0.9)"
        );
        all_hold &= more <= 512.0 && share >= 0.9;
    }
    Ok(if all_hold { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn cost(way: Way, subscribers: usize, events: usize) -> Cost {
    let hub = Hub::new();
    let mut all: Vec<Body> = Vec::with_capacity(subscribers);
    let publish = |n: usize| drop(hub.publish_now("topic", event(n)).expect("it is not too large"));
    // What all share, the first one pays.
    let mut first = body(way, hub.subscribe(["topic"]).expect("a name"));
    publish(0);
    let shared = measure(|| _ = drain(&mut first)).bytes_current;
    let memory = measure(|| {
        all.extend((0..subscribers).map(|_| body(way, hub.subscribe(["topic"]).expect("a name"))));
        for n in 1..3 {
            publish(n);
            assert!(drain(&mut first) > 0, "{way:?}");
            all.iter_mut().for_each(|body| _ = drain(body));
        }
    });
    let (mut bytes, mut nanos) = (0, 0);
    let allocated = measure(|| {
        for n in 3..3 + events {
            publish(n);
            let start = Instant::now();
            let given = all.iter_mut().map(drain).inspect(|given| assert!(*given > 0, "{way:?}"));
            bytes += given.sum::<usize>();
            nanos += start.elapsed().as_nanos();
        }
    });
    let deliveries = (subscribers * events) as f64;
    Cost {
        first: shared,
        memory: memory.bytes_current as f64 / subscribers as f64,
        bytes: bytes as f64 / deliveries,
        allocations: allocated.count_total as f64 / deliveries,
        nanos: nanos as f64 / deliveries,
    }
}

fn body(way: Way, events: Subscription) -> Body {
    let boxed = |response: Response<tower_sse::SseBody<_>>| {
        response.into_body().map_err(|never| match never {}).boxed_unsync()
    };
    Box::pin(match way {
        Way::Plain => boxed(Sse::new(events).into_response()),
        Way::Shared(encoding) => {
            let (compression, headers) = asked(encoding);
            boxed(Sse::new(events).with_compression(&compression, &headers).into_response())
        }
        Way::Own(encoding) | Way::OwnBest(encoding) => {
            let (mut compression, headers) = asked(encoding);
            if way == Way::OwnBest(encoding) {
                compression = compression.with_level(6).with_window(32 << 10);
            }
            // A copy is of no group.
            let events = Sse::new(events.map(|events| events.detached()));
            let response = events.with_compression(&compression, &headers).into_response();
            response.into_body().map_err(|never| match never {}).boxed_unsync()
        }
        Way::TowerHttp => {
            let mut response = Some(Sse::new(events).into_response());
            let service = service_fn(move |_: Request<Empty<Bytes>>| {
                std::future::ready(Ok::<_, Infallible>(response.take().expect("once")))
            });
            let always =
                |_: http::StatusCode, _: http::Version, _: &HeaderMap, _: &http::Extensions| true;
            let service = CompressionLayer::new().compress_when(always).layer(service);
            let mut request = Request::new(Empty::new());
            *request.headers_mut() = asked(Encoding::Gzip).1;
            let response = futures_util::FutureExt::now_or_never(service.oneshot(request));
            let response = response.expect("it is ready").expect("it cannot fail");
            response.into_body().boxed_unsync()
        }
    })
}

fn asked(encoding: Encoding) -> (Compression, HeaderMap) {
    let mut headers = HeaderMap::new();
    headers.insert("accept-encoding", HeaderValue::from_static(encoding.as_str()));
    (Compression::new([encoding]), headers)
}

/// How many bytes are ready.
fn drain(body: &mut Body) -> usize {
    let mut bytes = 0;
    let mut cx = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(Ok(frame))) = http_body::Body::poll_frame(body.as_mut(), &mut cx) {
        bytes += frame.data_ref().map_or(0, Bytes::len);
    }
    bytes
}

/// A small event, which repeats something of others.
fn event(n: usize) -> Event {
    let chance = (n as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let symbol = ["BTCUSD", "ETHUSD", "SOLUSD", "XRPUSD"][chance as usize % 4];
    let side = if chance.is_multiple_of(2) { "buy" } else { "sell" };
    let (price, size) = (100 + chance % 50, chance % 1000);
    let at = 1_760_000_000_000 + 137 * n as u64;
    Event::new(format!(
        r#"{{"type":"trade","symbol":"{symbol}","price":{price}.{:02},"size":{size},"side":"{side}","ts":{at}}}"#,
        chance % 97
    ))
}
