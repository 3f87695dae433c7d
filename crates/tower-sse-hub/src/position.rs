//! A place in the order of a hub.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A place in the order of a log's entries: two numbers, of which many logs need but one.
///
/// As text it is `17`, or `17-3` when the second number is not zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u128);

impl Position {
    pub(crate) const LAST: Self = Self(u128::MAX);

    /// A position of two numbers, of which the first counts more.
    pub const fn new(first: u64, second: u64) -> Self {
        Self((first as u128) << 64 | second as u128)
    }

    /// The first number.
    pub const fn first(self) -> u64 {
        (self.0 >> 64) as u64
    }

    /// The second number.
    pub const fn second(self) -> u64 {
        self.0 as u64
    }

    /// The first one after this.
    pub(crate) fn after(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The last one before this.
    pub(crate) fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.second() {
            0 => write!(f, "{}", self.first()),
            second => write!(f, "{}-{second}", self.first()),
        }
    }
}

impl fmt::Debug for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Position {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (first, second) = text.split_once('-').unwrap_or((text, "0"));
        Ok(Self::new(first.parse()?, second.parse()?))
    }
}
