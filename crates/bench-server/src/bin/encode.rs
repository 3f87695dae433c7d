//! The work without a socket, so many times: `encode WAY CASE N`.
//!
//! The slope between two N, under callgrind, is the exact number of instructions per event:
//!
//! ```text
//! valgrind --tool=callgrind --callgrind-out-file=/dev/null target/release/encode reused line64 2000
//! ```

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::BytesMut;
use futures_util::stream;
use http_body::Body;
use tower_sse::{Encoded, Event, Item, Sse, Text};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [way, case, n] = args.as_slice() else {
        return Err(
            "usage: encode reused|standalone|body|body-shared line64|multi256|line4k N".into()
        );
    };
    let (text, n) = (text(case)?, n.parse()?);
    let one = Event::new(text.clone()).encoded_len();
    assert_eq!(run(way, text, n)?, n * one);
    Ok(())
}

/// Short, of several lines, and long.
fn text(case: &str) -> Result<Text, String> {
    match case {
        "line64" => Ok("x".repeat(63).into()),
        "multi256" => Ok(vec!["y".repeat(31); 8].join("\n").into()),
        "line4k" => Ok("z".repeat(4096).into()),
        other => Err(format!("no such case: {other}")),
    }
}

/// Encodes `n` events, and tells how many bytes came out.
fn run(way: &str, text: Text, n: usize) -> Result<usize, String> {
    let event = Event::new(text.clone());
    let shared = Encoded::from(&event);
    Ok(match way {
        "reused" => {
            let mut out = BytesMut::with_capacity(128 * 1024);
            let mut encode = || {
                if out.len() > 64 * 1024 {
                    out.clear();
                }
                let start = out.len();
                black_box(&event).encode(&mut out);
                out.len() - start
            };
            (0..n).map(|_| encode()).sum()
        }
        "standalone" => {
            (0..n).map(|_| black_box(Encoded::from(black_box(&event))).bytes().len()).sum()
        }
        "body" => drain((0..n).map(|_| Event::new(text.clone()))),
        "body-shared" => drain((0..n).map(|_| shared.clone())),
        other => return Err(format!("no such way: {other}")),
    })
}

/// Polls a body of these events to its end, and tells how many bytes it had.
fn drain(events: impl Iterator<Item: Item>) -> usize {
    let mut body = pin!(Sse::new(stream::iter(events)).into_body());
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
