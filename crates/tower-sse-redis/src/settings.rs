//! What can be chosen of a log.

use std::sync::Arc;
use std::time::Duration;

/// What can be chosen of a log.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) key: Arc<str>,
    /// How many entries are kept.
    pub(crate) count: usize,
    /// For how long entries are kept, if not for ever.
    pub(crate) age: Option<Duration>,
    /// For how long message ids are known.
    pub(crate) dedupe: Duration,
    /// How many bytes an event may have.
    pub(crate) max_event: usize,
    pub(crate) patience: Patience,
}

/// How long is waited.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    /// For a connection, until it can be used.
    pub(crate) connect: Duration,
    /// For an answer.
    pub(crate) response: Duration,
}

impl Settings {
    pub(crate) fn new(key: Arc<str>) -> Self {
        Self {
            key,
            count: 100_000,
            age: None,
            dedupe: Duration::from_secs(120),
            max_event: 1 << 20,
            patience: Patience {
                connect: Duration::from_millis(500),
                response: Duration::from_secs(2),
            },
        }
    }
}
