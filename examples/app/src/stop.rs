//! When the process is asked to stop.

use std::future::pending;
use std::io;

use tokio::signal::ctrl_c;

/// Waits until the process is asked to stop: by Ctrl-C or, where there is such a thing, SIGTERM.
///
/// A system that cannot tell is as good as one that does not ask.
pub async fn asked_to_stop() {
    tokio::select! {
        Ok(()) = ctrl_c() => {}
        Ok(()) = terminated() => {}
        else => pending().await,
    }
}

#[cfg(unix)]
async fn terminated() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    signal(SignalKind::terminate())?.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminated() -> io::Result<()> {
    pending().await
}
