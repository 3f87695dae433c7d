//! How a stream says that its reader is too slow.

use core::error::Error;
use core::fmt;

/// The error of a stream of events that ends since its reader is too slow.
///
/// It comes back, and goes on where it was, or is told of a gap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lagged;

impl fmt::Display for Lagged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("reader is too slow")
    }
}

impl Error for Lagged {}
