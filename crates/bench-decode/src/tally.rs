//! How results are compared.

use std::fmt;

/// What came out of a decoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// The events that have data.
    pub(crate) events: usize,
    /// The bytes of all data.
    pub(crate) data: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, data: &str) {
        self.events += 1;
        self.data += data.len();
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} events with {} bytes of data", self.events, self.data)
    }
}
