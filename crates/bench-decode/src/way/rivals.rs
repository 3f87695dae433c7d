//! Decoders of other crates, fed with slices so that none pays for a chunk that it could borrow.

use std::convert::Infallible;
use std::error::Error;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use eventsource_stream::EventStream;
use futures_core::Stream;
use futures_util::stream;
use sse_core::{SseDecoder, SseEvent};
use sse_stream::SseByteStream;

use crate::Result;
use crate::tally::Tally;

pub(super) fn sse_core(chunks: &[&[u8]]) -> Result<Tally> {
    let (mut decoder, mut tally) = (SseDecoder::new(), Tally::default());
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(event) = decoder.next(&mut input) {
            if let SseEvent::Message(event) = black_box(&event?) {
                tally.add(&event.data);
            }
        }
    }
    Ok(tally)
}

pub(super) fn sse_stream(chunks: &[&[u8]]) -> Result<Tally> {
    drive(SseByteStream::new(source(chunks)), |event| event.data.as_deref())
}

pub(super) fn eventsource_stream(chunks: &[&[u8]]) -> Result<Tally> {
    drive(EventStream::new(source(chunks)), |event| Some(&event.data))
}

/// The chunks as a stream that is always ready.
fn source<'a>(
    chunks: &'a [&'a [u8]],
) -> impl Stream<Item = std::result::Result<&'a [u8], Infallible>> {
    stream::iter(chunks.iter().map(|chunk| Ok(*chunk)))
}

#[inline]
fn drive<T, E: Error + 'static>(
    events: impl Stream<Item = std::result::Result<T, E>>,
    data: impl Fn(&T) -> Option<&str>,
) -> Result<Tally> {
    let mut events = pin!(events);
    let mut cx = Context::from_waker(Waker::noop());
    let mut tally = Tally::default();
    loop {
        match events.as_mut().poll_next(&mut cx) {
            Poll::Ready(Some(event)) => {
                if let Some(data) = data(black_box(&event?)) {
                    tally.add(data);
                }
            }
            Poll::Ready(None) => return Ok(tally),
            Poll::Pending => return Err("it waits though a chunk is ready".into()),
        }
    }
}
