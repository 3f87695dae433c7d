//! A place in the order of a hub.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// A place in the order of a hub's entries: two numbers, of which many logs need but one.
///
/// As text it is `17`, or `17-3` when the second number is not zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Position(pub(crate) u64, pub(crate) u64);

impl Position {
    pub(crate) const LAST: Self = Self(u64::MAX, u64::MAX);

    /// The first one after this.
    pub(crate) fn after(self) -> Self {
        match self.1.checked_add(1) {
            Some(second) => Self(self.0, second),
            None => Self(self.0.saturating_add(1), 0),
        }
    }

    /// The last one before this.
    pub(crate) fn before(self) -> Self {
        match self {
            Self(0, 0) => self,
            Self(first, 0) => Self(first - 1, u64::MAX),
            Self(first, second) => Self(first, second - 1),
        }
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self(first, 0) => write!(f, "{first}"),
            Self(first, second) => write!(f, "{first}-{second}"),
        }
    }
}

impl FromStr for Position {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        let (first, second) = text.split_once('-').unwrap_or((text, "0"));
        Ok(Self(first.parse()?, second.parse()?))
    }
}
