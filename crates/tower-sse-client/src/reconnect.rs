//! What follows from the end of a connection: a machine without a clock and without I/O.

use std::time::Duration;

use http::StatusCode;

use crate::error::{Error, Kind};
use crate::policy::Policy;

/// Counts failures and says what comes next.
#[derive(Clone, Debug)]
pub(crate) struct Reconnect {
    policy: Policy,
    /// What the server asked for, last.
    retry: Option<Duration>,
    /// How many connections in a row brought nothing.
    failures: u32,
}

/// What comes after the end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Another one, after this time.
    Wait(Duration),
    /// Nothing: the server said that there is no more.
    End,
    /// Nothing: it would only fail again.
    Fail,
}

/// How much of the shortest wait is added by chance, at most.
const SPREAD: f64 = 0.2;

/// After a failure nobody waits less, whatever is set.
const LEAST: Duration = Duration::from_millis(100);

/// Nobody waits longer, so that no sum overflows: a year.
const LONGEST: Duration = Duration::from_secs(365 * 24 * 60 * 60);

impl Reconnect {
    pub(crate) fn new(policy: Policy) -> Self {
        Self { policy, retry: None, failures: 0 }
    }

    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn handle_retry(&mut self, retry: Option<Duration>) {
        self.retry = retry.or(self.retry);
    }

    /// Whether the last end was the first of its row.
    pub(crate) fn is_first_failure(&self) -> bool {
        self.failures == 1
    }

    /// An event came.
    pub(crate) fn handle_event(&mut self) {
        self.failures = 0;
    }

    /// A connection ended that had been open for this time, none if it never was; `chance` is a
    /// number from 0 up to 1.
    pub(crate) fn handle_end(
        &mut self,
        error: &Error,
        open: Option<Duration>,
        chance: f64,
    ) -> Next {
        if open.is_some_and(|time| time >= self.policy.reset_after) {
            self.failures = 0;
        }
        let after = match error.kind() {
            Kind::Status(StatusCode::NO_CONTENT, _) => return Next::End,
            Kind::Status(status, _) if self.policy.is_final.is_final(*status) => return Next::Fail,
            Kind::MediaType(_)
            | Kind::Encoding(_)
            | Kind::Redirect(_)
            | Kind::Address
            | Kind::LastEventId => {
                return Next::Fail;
            }
            Kind::Status(_, after) => *after,
            _ => None,
        };
        let wait = self.wait(after, chance);
        self.failures = self.failures.saturating_add(1);
        match self.policy.max_failures {
            Some(most) if self.failures > most => Next::Fail,
            _ => Next::Wait(wait),
        }
    }

    fn wait(&self, after: Option<Duration>, chance: f64) -> Duration {
        let Policy { delay, max_delay, retry: range, .. } = &self.policy;
        let clamp = |wish: Duration| wish.min(*range.end()).max(*range.start());
        let shortest = self.retry.map_or(*delay, clamp).max(after.map(clamp).unwrap_or_default());
        let shortest = shortest.min(LONGEST);
        // From something: zero stays zero however often it is doubled.
        let doubled = shortest.max(LEAST).saturating_mul(2_u32.saturating_pow(self.failures));
        let shortest = if self.failures > 0 { shortest.max(LEAST) } else { shortest };
        let longest = doubled.min(*max_delay).min(LONGEST).max(shortest.mul_f64(1.0 + SPREAD));
        shortest + (longest - shortest).mul_f64(chance)
    }
}

#[cfg(test)]
mod tests;
