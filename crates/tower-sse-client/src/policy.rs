//! When to come back, and when not to.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;

/// Whether a status is final.
#[derive(Clone)]
pub(crate) struct IsFinal(Arc<dyn Fn(StatusCode) -> bool + Send + Sync>);

/// When a client comes back after a connection ended or failed, and when it gives up.
///
/// The wait begins with what the server asked for with `retry`, and is never shorter. After each
/// further failure the longest wait doubles, up to a cap; where between the two it lies is left to
/// chance, so that many clients do not come back at once.
#[derive(Clone, Debug)]
#[must_use]
pub struct Policy {
    pub(crate) delay: Duration,
    pub(crate) max_delay: Duration,
    pub(crate) retry: RangeInclusive<Duration>,
    pub(crate) reset_after: Duration,
    pub(crate) max_failures: Option<u32>,
    pub(crate) is_final: IsFinal,
    pub(crate) max_redirects: usize,
    pub(crate) idle_timeout: Option<Duration>,
    pub(crate) response_timeout: Option<Duration>,
}

impl Policy {
    /// What suits most: see the other functions for each value.
    pub fn new() -> Self {
        Self {
            delay: Duration::from_secs(3),
            max_delay: Duration::from_secs(60),
            retry: Duration::from_millis(100)..=Duration::from_secs(300),
            reset_after: Duration::from_secs(30),
            max_failures: None,
            is_final: IsFinal(Arc::new(is_final)),
            max_redirects: 20,
            idle_timeout: Some(Duration::from_secs(120)),
            response_timeout: Some(Duration::from_secs(30)),
        }
    }

    /// Sets how long to wait as long as the server has not said so: 3 seconds at first. After a
    /// failure it is a tenth of a second at least.
    pub fn with_delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }

    /// Sets the cap of the wait after many failures, 60 seconds at first. What the server asks for
    /// may be longer.
    pub fn with_max_delay(mut self, cap: Duration) -> Self {
        self.max_delay = cap;
        self
    }

    /// Sets what the server's wishes are cut to, its `retry` and `Retry-After`: 100 milliseconds to
    /// 5 minutes at first.
    pub fn with_retry_within(mut self, range: RangeInclusive<Duration>) -> Self {
        self.retry = range;
        self
    }

    /// Sets after what time a connection has been a success even if it brought no event: 30 seconds
    /// at first. A success forgets earlier failures.
    pub fn with_reset_after(mut self, time: Duration) -> Self {
        self.reset_after = time;
        self
    }

    /// Sets how many times in a row it comes back without success; at first there is no such number.
    ///
    /// With 0 it never comes back. That a connection ended counts as well, if nothing was a success
    /// since.
    pub fn with_max_failures(mut self, failures: u32) -> Self {
        self.max_failures = Some(failures);
        self
    }

    /// Sets which statuses end the stream for good.
    ///
    /// At first these are all but 408, 425, 429 and 5xx, save 501 and 505 which no wait mends.
    /// A browser gives up on any; 204 always ends the stream, and without an error.
    pub fn with_final<F>(mut self, is_final: F) -> Self
    where
        F: Fn(StatusCode) -> bool + Send + Sync + 'static,
    {
        self.is_final = IsFinal(Arc::new(is_final));
        self
    }

    /// Sets how many redirects of a request are followed: 20 at first, as browsers do. One more is
    /// an error, and final.
    ///
    /// Another origin gets neither the last event id nor any header but a few that tell nothing.
    /// It does get the body of a POST after a 307 or 308.
    pub fn with_max_redirects(mut self, redirects: usize) -> Self {
        self.max_redirects = redirects;
        self
    }

    /// Sets how long a server may send nothing, not even a comment, until it is taken for dead:
    /// 2 minutes at first. `None` waits for ever.
    pub fn with_idle_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.idle_timeout = limit.into();
        self
    }

    /// Sets how long the head of a response may take, redirects included: 30 seconds at first.
    /// `None` waits for ever.
    pub fn with_response_timeout(mut self, limit: impl Into<Option<Duration>>) -> Self {
        self.response_timeout = limit.into();
        self
    }
}

impl Default for Policy {
    fn default() -> Self {
        Self::new()
    }
}

impl IsFinal {
    pub(crate) fn is_final(&self, status: StatusCode) -> bool {
        (self.0)(status)
    }
}

impl fmt::Debug for IsFinal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IsFinal").finish_non_exhaustive()
    }
}

fn is_final(status: StatusCode) -> bool {
    match status.as_u16() {
        408 | 425 | 429 => false,
        501 | 505 => true,
        _ => !status.is_server_error(),
    }
}
