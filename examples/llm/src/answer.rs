//! What the model says to one request.

use std::ops::ControlFlow;

use tokio::time::{Duration, Instant, sleep_until};

use crate::asked::Asked;
use crate::completion::{FinishReason, Usage};
use crate::markov::{Markov, Walk};

/// Tokens, one after the other and not all at once.
pub(crate) struct Answer {
    walk: Walk,
    max_tokens: usize,
    usage: Usage,
    token_time: Duration,
    next_at: Instant,
}

impl Answer {
    pub(crate) fn new(asked: &Asked, token_time: Duration) -> Self {
        let seed = asked.seed.unwrap_or_else(|| fastrand::u64(..));
        Self {
            walk: Markov::walk(&asked.prompt, seed),
            max_tokens: asked.max_tokens,
            usage: Usage { prompt_tokens: asked.prompt_tokens, completion_tokens: 0 },
            token_time,
            next_at: Instant::now(),
        }
    }

    /// The next token, or why there is no more.
    pub(crate) async fn next(&mut self) -> ControlFlow<FinishReason, String> {
        let Some(token) = self.walk.next() else {
            return ControlFlow::Break(FinishReason::Stop);
        };
        if self.usage.completion_tokens == self.max_tokens {
            return ControlFlow::Break(FinishReason::Length);
        }
        // Not so long after the last one: what is late once would be late for good.
        self.next_at += self.token_time;
        sleep_until(self.next_at).await;
        self.usage.completion_tokens += 1;
        ControlFlow::Continue(token)
    }

    pub(crate) fn usage(&self) -> Usage {
        self.usage
    }
}
