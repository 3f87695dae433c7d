//! The time.

use rustix::time::{ClockId, clock_gettime};

/// The nanoseconds of a clock that all processes of this machine share.
pub fn nanos() -> u64 {
    let now = clock_gettime(ClockId::Monotonic);
    (now.tv_sec * 1_000_000_000 + now.tv_nsec) as u64
}
