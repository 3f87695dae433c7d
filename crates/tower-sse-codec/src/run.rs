//! Events that lie side by side.

use alloc::vec::Vec;
use core::mem;
use core::ops::Range;

use bytes::{Bytes, BytesMut};

use crate::{Encoded, Event};

/// Events that are encoded one after the other into one piece of memory: however many of them in a
/// row are wanted, they are one [`Encoded`], and nothing is copied.
///
/// ```
/// use tower_sse_codec::{Event, RunBuilder};
///
/// let mut builder = RunBuilder::with_capacity(64);
/// for data in ["a", "b", "c"] {
///     builder.push(&Event::new(data));
/// }
/// let run = builder.split();
/// assert_eq!(run.slice(1..3).bytes(), "data: b\n\ndata: c\n\n".as_bytes());
/// ```
#[derive(Clone, Debug)]
pub struct Run {
    bytes: Bytes,
    /// Where each event but the last ends.
    ends: Vec<u32>,
}

impl Run {
    /// How many events these are.
    #[expect(clippy::len_without_is_empty, reason = "it is never empty")]
    pub fn len(&self) -> usize {
        self.ends.len() + 1
    }

    /// The wire bytes of all events.
    pub fn bytes(&self) -> &Bytes {
        &self.bytes
    }

    /// Some of the events, by their numbers from 0.
    ///
    /// # Panics
    /// When the range is empty, or reaches beyond the last event.
    pub fn slice(&self, events: Range<usize>) -> Encoded {
        assert!(!events.is_empty() && events.end <= self.len(), "a range of events");
        if events.len() == self.len() {
            return Encoded::new(self.bytes.clone(), events.len());
        }
        let bytes = self.start(events.start)..self.start(events.end);
        Encoded::new(self.bytes.slice(bytes), events.len())
    }

    /// Copies runs together.
    ///
    /// # Panics
    /// When there are none, or they have 4 GiB together.
    pub fn join<'a>(runs: impl Iterator<Item = &'a Self> + Clone) -> Self {
        let len = runs.clone().map(|run| run.bytes.len()).sum();
        let mut joined = RunBuilder::with_capacity(len);
        joined.ends.reserve(runs.clone().map(Self::len).sum());
        for run in runs {
            let start = joined.bytes.len();
            if start > 0 {
                joined.end_here();
            }
            joined.ends.extend(run.ends.iter().map(|end| end + narrow(start)));
            joined.bytes.extend_from_slice(&run.bytes);
        }
        joined.split()
    }

    fn start(&self, event: usize) -> usize {
        match event.checked_sub(1) {
            None => 0,
            Some(before) => self.ends.get(before).map_or(self.bytes.len(), |&end| end as usize),
        }
    }
}

/// What makes a [`Run`] of events.
#[derive(Debug, Default)]
pub struct RunBuilder {
    bytes: BytesMut,
    ends: Vec<u32>,
}

impl RunBuilder {
    /// A builder with room for so many bytes.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { bytes: BytesMut::with_capacity(bytes), ends: Vec::new() }
    }

    /// Adds an event.
    ///
    /// # Panics
    /// When the events have 4 GiB.
    pub fn push(&mut self, event: &Event) {
        if !self.bytes.is_empty() {
            self.end_here();
        }
        event.encode(&mut self.bytes);
    }

    /// Whether there is nothing to split off.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// How many events there are to split off.
    pub fn len(&self) -> usize {
        if self.is_empty() { 0 } else { self.ends.len() + 1 }
    }

    /// How many more bytes have room.
    pub fn room(&self) -> usize {
        self.bytes.capacity() - self.bytes.len()
    }

    /// Takes the events out as a run, and leaves the room behind them.
    ///
    /// # Panics
    /// When there are none.
    pub fn split(&mut self) -> Run {
        assert!(!self.is_empty(), "a run of events");
        Run { bytes: self.bytes.split().freeze(), ends: mem::take(&mut self.ends) }
    }

    fn end_here(&mut self) {
        self.ends.push(narrow(self.bytes.len()));
    }
}

fn narrow(len: usize) -> u32 {
    u32::try_from(len).expect("a run of less than 4 GiB")
}
