//! The decoder of this workspace.

use std::hint::black_box;

use tower_sse_codec::{Decoded, Decoder, Event, EventRef};

use crate::Result;
use crate::tally::Tally;

/// Events as they lie in the chunk.
pub(super) fn borrowed(chunks: &[&[u8]]) -> Result<Tally> {
    let mut tally = Tally::default();
    each(chunks, |event| {
        if let Some(data) = black_box(&event).data() {
            tally.add(data);
        }
    })?;
    Ok(tally)
}

/// Events that can be kept.
pub(super) fn owned(chunks: &[&[u8]]) -> Result<Tally> {
    let mut tally = Tally::default();
    each(chunks, |event| {
        if let Some(data) = black_box(&Event::from(event)).data() {
            tally.add(data);
        }
    })?;
    Ok(tally)
}

#[inline]
fn each(chunks: &[&[u8]], mut take: impl FnMut(EventRef<'_>)) -> Result<()> {
    let mut decoder = Decoder::new();
    for chunk in chunks {
        let mut input = *chunk;
        while let Some(decoded) = decoder.next(&mut input) {
            if let Decoded::Event(event) = decoded? {
                take(event);
            }
        }
    }
    Ok(())
}
