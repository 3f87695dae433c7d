//! What must hold after a scenario; what is not given may be anything.

use serde::Deserialize;

use super::{ReadyState, What};
use crate::oracle::Dispatched;

/// What must hold.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Expect {
    /// The messages, in order, all of them or as many as the client may show before it is stopped.
    pub events: Option<Vec<Dispatched>>,
    /// All that the client shows, in order.
    pub trace: Option<Vec<Step>>,
    /// How many requests come.
    pub requests: Option<usize>,
    /// How many requests come at least.
    pub min_requests: Option<usize>,
    /// How many requests come at most.
    pub max_requests: Option<usize>,
    /// The state in the end.
    pub final_ready_state: Option<ReadyState>,
    /// From the first open to the second, in milliseconds, least and most.
    pub reconnect_delay_ms: Option<(u64, u64)>,
    /// From the first request to the second, in milliseconds, least and most.
    pub request_delay_ms: Option<(u64, u64)>,
}

/// A step of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Step {
    /// A stream is open.
    #[serde(rename = "open")]
    Open,
    /// A message.
    #[serde(rename = "message")]
    Message,
    /// An error after which the client tries again.
    #[serde(rename = "error:CONNECTING")]
    Connecting,
    /// An error after which the client does not.
    #[serde(rename = "error:CLOSED")]
    Closed,
    /// One error at least, whichever.
    #[serde(rename = "error:*")]
    Errors,
}

impl Step {
    /// Whether these steps tell just what was shown.
    pub(super) fn all_match(steps: &[Self], shown: &[&What]) -> bool {
        let Some((step, steps_left)) = steps.split_first() else {
            return shown.is_empty();
        };
        let Some((what, shown_left)) = shown.split_first() else {
            return false;
        };
        let again = *step == Self::Errors && Self::all_match(steps, shown_left);
        step.matches(what) && (again || Self::all_match(steps_left, shown_left))
    }

    fn matches(self, what: &What) -> bool {
        use ReadyState::{Closed, Connecting};
        match what {
            What::Open => self == Self::Open,
            What::Message(_) => self == Self::Message,
            What::Error(Connecting) => matches!(self, Self::Connecting | Self::Errors),
            What::Error(Closed) => matches!(self, Self::Closed | Self::Errors),
            // No client is open after an error.
            What::Error(ReadyState::Open) => false,
        }
    }
}
