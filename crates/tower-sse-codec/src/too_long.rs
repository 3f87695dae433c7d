//! The only error there is in reading.

use core::fmt;

/// A stream went over a limit of its decoder. The event that did so is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TooLong {
    /// A line has more bytes than this.
    #[non_exhaustive]
    Line {
        /// The most bytes that a line may have.
        limit: usize,
    },
    /// The lines of an event have more bytes than this.
    #[non_exhaustive]
    Event {
        /// The most bytes that an event may have.
        limit: usize,
    },
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line { limit } => write!(f, "line is longer than {limit} bytes"),
            Self::Event { limit } => write!(f, "event is longer than {limit} bytes"),
        }
    }
}

impl core::error::Error for TooLong {}
