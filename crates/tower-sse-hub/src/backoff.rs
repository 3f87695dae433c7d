//! How long to wait before trying again.

use std::time::Duration;

use tokio::time::Instant;

/// How long to wait before trying again: longer each time, and by chance, so that not all hubs come
/// at once.
#[derive(Debug)]
pub(crate) struct Backoff {
    wait: Duration,
    since: Option<Instant>,
}

const FIRST: Duration = Duration::from_millis(20);
/// The longest wait in the first minute, when a log most often comes back.
const SOON: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_secs(2);
const MINUTE: Duration = Duration::from_secs(60);

impl Backoff {
    pub(crate) fn new() -> Self {
        Self { wait: FIRST, since: None }
    }

    /// All is well again.
    pub(crate) fn reset(&mut self) {
        *self = Self::new();
    }

    pub(crate) fn next(&mut self) -> Duration {
        let since = *self.since.get_or_insert_with(Instant::now);
        let most = if since.elapsed() < MINUTE { SOON } else { LATE };
        let wait = self.wait.min(most);
        self.wait = (wait * 2).min(LATE);
        wait.mul_f64(0.5 + fastrand::f64() / 2.0)
    }
}
