//! Why a stream ended.

use std::fmt;

/// Why a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// It came to its own end, or the request was answered without one.
    Finished,
    /// It yielded an error, or panicked.
    Error,
    /// The host dropped the body: most often since the client has closed the connection.
    ClientGone,
    /// The application ended it.
    Ended,
    /// The server is being drained.
    Drained,
    /// It was open for as long as it might be.
    Lifetime,
    /// It said by [`Lagged`](crate::Lagged) that its reader is too slow.
    Lagged,
    /// It made room for a newer one of its key.
    Limit,
}

impl Reason {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Finished,
        Self::Error,
        Self::ClientGone,
        Self::Ended,
        Self::Drained,
        Self::Lifetime,
        Self::Lagged,
        Self::Limit,
    ];

    /// The name in traces and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Error => "error",
            Self::ClientGone => "client_gone",
            Self::Ended => "ended",
            Self::Drained => "drained",
            Self::Lifetime => "lifetime",
            Self::Lagged => "lagged",
            Self::Limit => "limit",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
