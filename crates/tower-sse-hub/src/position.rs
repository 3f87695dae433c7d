//! A place in the order of a hub.

use std::cmp::Ordering;
use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A place in the order of a log's entries: two numbers, of which many logs need but one.
///
/// As text it is `17`, or `17-3` when the second number is not zero.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Position {
    first: u64,
    second: u64,
}

impl Position {
    pub(crate) const LAST: Self = Self::new(u64::MAX, u64::MAX);

    /// A position of two numbers, of which the first counts more.
    pub const fn new(first: u64, second: u64) -> Self {
        Self { first, second }
    }

    /// The first number.
    pub const fn first(self) -> u64 {
        self.first
    }

    /// The second number.
    pub const fn second(self) -> u64 {
        self.second
    }

    /// The first one after this.
    pub(crate) fn after(self) -> Self {
        Self::of(self.number().saturating_add(1))
    }

    /// The last one before this.
    pub(crate) fn before(self) -> Self {
        Self::of(self.number().saturating_sub(1))
    }

    fn of(number: u128) -> Self {
        Self::new((number >> 64) as u64, number as u64)
    }

    fn number(self) -> u128 {
        u128::from(self.first) << 64 | u128::from(self.second)
    }
}

impl Ord for Position {
    // As one number, which takes no branch.
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for Position {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
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
