//! Every wait has an end.

use std::future::Future;
use std::time::Duration;

// Generous: a machine under load must not fail, and a test that hangs must not hang for long.
const LIMIT: Duration = Duration::from_secs(20);

/// Waits for what must happen, for 20 seconds.
///
/// # Panics
/// With the name of what did not happen.
pub async fn within<F: Future>(what: &str, future: F) -> F::Output {
    match tokio::time::timeout(LIMIT, future).await {
        Ok(output) => output,
        Err(_) => panic!("{what}: not within {LIMIT:?}"),
    }
}
