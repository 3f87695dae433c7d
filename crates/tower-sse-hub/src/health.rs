//! How a hub gets on with its log.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tower_sse_codec::Text;

use crate::log::LogError;

/// How a hub gets on with its log: what a readiness probe wants to know, see
/// [`Hub::health`](crate::Hub::health).
#[derive(Clone, Debug, Default)]
pub struct Health {
    broken: Option<Break>,
    is_isolated: bool,
    is_stopped: bool,
}

/// The log is out of reach.
#[derive(Clone, Debug)]
struct Break {
    since: Instant,
    cause: Text,
    is_fatal: bool,
}

/// The health of a hub, as its driver sees it.
#[derive(Debug, Default)]
pub(crate) struct Condition {
    health: watch::Sender<Health>,
    /// The log has been out of reach for so long that nobody is to wait for a page of it.
    is_late: AtomicBool,
}

impl Health {
    /// Whether all is well: what the log gets arrives here, or there is no log.
    pub fn is_well(&self) -> bool {
        self.broken.is_none() && !self.is_stopped
    }

    /// Whether clients are to be sent here: all is well, or the log is out of reach, but may come back
    /// by itself, and has not been away for
    /// [too long](crate::Builder::with_isolation).
    pub fn is_ready(&self) -> bool {
        let is_fatal = self.broken.as_ref().is_some_and(|broken| broken.is_fatal);
        !is_fatal && !self.is_isolated && !self.is_stopped
    }

    /// Whether the log has been away for [too long](crate::Builder::with_isolation), so that streams
    /// were ended.
    pub fn is_isolated(&self) -> bool {
        self.is_isolated
    }

    /// For how long the log has been out of reach, since that was noticed.
    pub fn down_for(&self) -> Option<Duration> {
        self.broken.as_ref().map(|broken| broken.since.elapsed())
    }

    /// What the log said last, while it is out of reach.
    pub fn cause(&self) -> Option<&str> {
        self.broken.as_ref().map(|broken| broken.cause.as_str())
    }
}

impl Condition {
    pub(crate) fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    /// Whether the log has been out of reach for so long that nobody is to wait for it.
    pub(crate) fn is_late(&self) -> bool {
        self.is_late.load(Ordering::Acquire)
    }

    /// The log broke, or still is broken.
    pub(crate) fn broke(&self, error: &LogError) {
        self.health.send_modify(|health| {
            let since = health.broken.as_ref().map_or_else(Instant::now, |broken| broken.since);
            let cause = Text::from(error.cause());
            health.broken = Some(Break { since, cause, is_fatal: error.is_fatal() });
        });
    }

    /// All is well: tells whether it was not before.
    pub(crate) fn is_well_again(&self) -> bool {
        self.is_late.store(false, Ordering::Release);
        self.health.send_if_modified(|health| {
            let was_well = health.is_well();
            *health = Health::default();
            !was_well
        })
    }

    pub(crate) fn late(&self) {
        self.is_late.store(true, Ordering::Release);
    }

    pub(crate) fn isolated(&self) {
        self.health.send_modify(|health| health.is_isolated = true);
    }

    pub(crate) fn stopped(&self) {
        self.health.send_modify(|health| health.is_stopped = true);
    }

    /// Since when the log is out of reach, when it is.
    pub(crate) async fn broken(&self) -> Instant {
        let mut health = self.health.subscribe();
        loop {
            if let Some(broken) = &health.borrow_and_update().broken {
                return broken.since;
            }
            // The sender is borrowed.
            let _ = health.changed().await;
        }
    }

    /// Waits until the log is not out of reach.
    pub(crate) async fn well(&self) {
        let _ = self.health.subscribe().wait_for(Health::is_well).await;
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.broken {
            _ if self.is_stopped => f.write_str("nothing brings what the log has"),
            None => f.write_str("well"),
            Some(Break { since, cause, .. }) => {
                let isolated = if self.is_isolated { "isolated, " } else { "" };
                let seconds = since.elapsed().as_secs_f64();
                write!(f, "{isolated}log out of reach for {seconds:.1} s: {cause}")
            }
        }
    }
}
