//! How many new streams a moment takes.

use std::time::Duration;

/// A token bucket: full at first, and one token more after every so much time. It has no clock: the
/// time is how long its maker has lived.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    burst: u32,
    every: Duration,
    tokens: u32,
    /// Until when tokens have been put in.
    filled: Duration,
}

impl Bucket {
    pub(crate) fn new(burst: u32, every: Duration) -> Self {
        Self { burst, every, tokens: burst, filled: Duration::ZERO }
    }

    /// Takes a token, if there is one.
    pub(crate) fn take(&mut self, now: Duration) -> bool {
        self.fill(now);
        let Some(tokens) = self.tokens.checked_sub(1) else { return false };
        self.tokens = tokens;
        true
    }

    fn fill(&mut self, now: Duration) {
        // A clock that goes back gives nothing, and takes nothing away.
        let passed = now.saturating_sub(self.filled);
        let missing = self.burst - self.tokens;
        let new = passed.as_nanos().checked_div(self.every.as_nanos()).unwrap_or(u128::MAX);
        if new >= missing.into() {
            self.tokens = self.burst;
            self.filled = self.filled.max(now);
        } else {
            let new = new as u32;
            self.tokens += new;
            // What is left of the time counts for the next token.
            self.filled += self.every * new;
        }
    }
}

#[cfg(test)]
mod tests;
