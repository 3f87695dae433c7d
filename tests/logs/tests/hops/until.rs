//! Patience.

use std::time::Duration;

use tokio::time::{Instant, sleep};

/// How long anything may take that will be.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until something is so that nobody tells of, and says how long that was.
pub(crate) async fn until(what: &str, mut is_so: impl FnMut() -> bool) -> Duration {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        sleep(Duration::from_millis(2)).await;
    }
    start.elapsed()
}
