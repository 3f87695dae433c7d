//! A length of time that differs from one to the next.

use std::ops::RangeInclusive;
use std::time::Duration;

/// The longest that is meant: what is longer is for ever, and must not overflow a clock.
const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// A length of time out of a range, so that what starts together does not end together.
#[derive(Clone, Debug)]
pub(crate) struct Spread {
    least: Duration,
    most: Duration,
}

impl Spread {
    /// The ends may be in any order.
    pub(crate) fn new(range: RangeInclusive<Duration>) -> Self {
        let (start, end) = range.into_inner();
        Self { least: start.min(end).min(LONGEST), most: start.max(end).min(LONGEST) }
    }

    /// The length that is `part`, from 0 to 1, of the way into the range.
    pub(crate) fn at(&self, part: f64) -> Duration {
        self.least + (self.most - self.least).mul_f64(part)
    }

    pub(crate) fn random(&self) -> Duration {
        self.at(fastrand::f64())
    }
}

#[cfg(test)]
mod tests;
