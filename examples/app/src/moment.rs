//! Time, as the page counts it.

use std::time::SystemTime;

use serde::Serialize;

/// A moment, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Moment(u64);

impl Moment {
    /// This moment.
    pub fn now() -> Self {
        Self(SystemTime::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_millis() as u64))
    }
}
