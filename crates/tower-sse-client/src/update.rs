//! What happens to an event source.

use std::time::Duration;

use http::HeaderMap;
use tower_sse_codec::{Event, Text};

use crate::Error;

/// What happens to an [`EventSource`](crate::EventSource), in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum Update {
    /// A connection is open. These are the headers of the response.
    Open(HeaderMap),
    /// An event with data came.
    Event(Event),
    /// A line of comment came.
    Comment(Text),
    /// A connection ended or could not be made, for this reason. Another is made after the wait.
    Reconnect {
        /// What happened.
        error: Error,
        /// How long until the next connection is made.
        wait: Duration,
    },
}
