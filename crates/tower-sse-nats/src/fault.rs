//! Why a server did not do what it was asked.

use std::error::Error;
use std::fmt;

use async_nats::jetstream::{Error as ApiError, ErrorCode};
use tower_sse_hub::log::{AppendError, LogError};

/// Why a server did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Fault {
    /// Nothing was sent: there is no connection.
    Away(String),
    /// What was sent may have been done: no answer came.
    Silent(&'static str),
    /// Nobody takes the request: there is no such stream or consumer, or no JetStream at all.
    NoResponders,
    /// The user may not do this.
    Denied(String),
    /// The connection takes no message of this size.
    TooLarge,
    /// The server says no.
    Api(ApiError),
    /// What was asked for once does not go on.
    Ended(String),
    /// The answer is not one.
    Garbled(String),
    /// It will not be better by itself.
    Unusable(String),
}

/// Somebody has to do something.
const FATAL: [ErrorCode; 12] = [
    ErrorCode::JETSTREAM_NOT_ENABLED,
    ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT,
    ErrorCode::MAXIMUM_STREAMS_LIMIT,
    ErrorCode::NO_LIMITS,
    ErrorCode::STREAM_INVALID,
    ErrorCode::STREAM_INVALID_CONFIG,
    ErrorCode::STREAM_LIMITS,
    ErrorCode::STREAM_MAX_BYTES_REQUIRED,
    ErrorCode::STREAM_MAX_STREAM_BYTES_EXCEEDED,
    ErrorCode::STREAM_NAME_CONTAINS_PATH_SEPARATORS,
    ErrorCode::STREAM_REPLICAS_NOT_SUPPORTED,
    ErrorCode::STREAM_SUBJECT_OVERLAP,
];

const TOO_LARGE: [ErrorCode; 2] =
    [ErrorCode::STREAM_MESSAGE_EXCEEDS_MAXIMUM, ErrorCode::STREAM_HEADER_EXCEEDS_MAXIMUM];

impl Fault {
    /// Whether the server says this.
    pub(crate) fn is(&self, code: ErrorCode) -> bool {
        matches!(self, Self::Api(error) if error.error_code() == code)
    }

    fn is_fatal(&self) -> bool {
        match self {
            Self::Denied(_) | Self::Unusable(_) => true,
            Self::Api(error) => FATAL.contains(&error.error_code()),
            _ => false,
        }
    }
}

impl From<Fault> for LogError {
    fn from(fault: Fault) -> Self {
        if fault.is_fatal() { Self::fatal(fault) } else { Self::transient(fault) }
    }
}

impl From<Fault> for AppendError {
    fn from(fault: Fault) -> Self {
        match &fault {
            Fault::TooLarge => Self::too_large(),
            Fault::Denied(_) | Fault::Unusable(_) => Self::refused(fault),
            Fault::Away(_) | Fault::NoResponders => Self::unavailable(false, fault),
            Fault::Silent(_) | Fault::Ended(_) | Fault::Garbled(_) => {
                Self::unavailable(true, fault)
            }
            Fault::Api(error) => {
                let code = error.error_code();
                if TOO_LARGE.contains(&code) {
                    Self::too_large()
                } else if code == ErrorCode::STREAM_SEALED {
                    Self::refused(fault)
                } else {
                    // A full disk or a full stream is none for ever. One that has the same message
                    // id is being stored.
                    let is_under_way = code == ErrorCode::STREAM_DUPLICATE_MESSAGE_CONFLICT;
                    Self::unavailable(is_under_way, fault)
                }
            }
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Away(why) => write!(f, "server cannot be reached: {why}"),
            Self::Silent(why) => write!(f, "server does not answer: {why}"),
            Self::NoResponders => f.write_str("no stream or no JetStream answers"),
            Self::Denied(what) => write!(f, "server does not allow it: {what}"),
            Self::TooLarge => f.write_str("message is larger than the server takes"),
            Self::Api(error) => write!(f, "server refuses: {error}"),
            Self::Ended(why) => write!(f, "server gives no more: {why}"),
            Self::Garbled(why) => write!(f, "answer cannot be read: {why}"),
            Self::Unusable(why) => f.write_str(why),
        }
    }
}

impl Error for Fault {}
