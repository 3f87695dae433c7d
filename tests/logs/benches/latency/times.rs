//! Moments, and what lies between them.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

use super::WARM_UP;

/// The times of one way, each from before an event is published until it is received.
pub(crate) struct Times(Vec<u64>);

impl Times {
    /// The times between these moments, without those of the first rounds.
    pub(crate) fn between(published: &[u64], received: &[u64]) -> Self {
        assert_eq!(published.len(), received.len());
        let times = published.iter().zip(received).skip(WARM_UP);
        let mut times: Vec<_> = times.map(|(from, to)| to - from).collect();
        times.sort_unstable();
        Self(times)
    }

    /// The time below which so many of a hundred are.
    pub(crate) fn at(&self, percent: usize) -> Duration {
        Duration::from_nanos(self.0[(self.0.len() - 1) * percent / 100])
    }
}

/// The time in nanoseconds, by the clock that all processes of a machine share.
pub(crate) fn now() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}
