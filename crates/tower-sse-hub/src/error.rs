//! What publishers and subscribers can get wrong.

use std::error::Error;
use std::fmt;

use tower_sse_codec::Text;

use crate::TopicNameTooLong;
use crate::log::AppendError;

/// An event was not published. Nobody has seen anything of it, unless it says that it may be stored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// The name of the topic is too long.
    TopicName(TopicNameTooLong),
    /// The event already has an id: ids are the hub's.
    HasId,
    /// The event is larger than what the hub may keep of a topic, or of all, or than the log takes.
    TooLarge,
    /// The topic is finished.
    Finished,
    /// The function that gives events their keys has panicked.
    KeyPanicked,
    /// The hub has a log behind it, which takes its time: use [`publish`](crate::Hub::publish).
    NeedsLog,
    /// The log does not take the event: it says why.
    Refused(Text),
    /// The log did not answer: it says why.
    Unavailable {
        /// The event may be stored nevertheless. Who publishes it again may do so twice, if not with
        /// the same message id.
        maybe_stored: bool,
        /// Why.
        cause: Text,
    },
}

/// Topics could not be subscribed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubscribeError {
    /// The name of a topic is too long.
    TopicName(TopicNameTooLong),
    /// More topics at once than the hub allows.
    TooManyTopics,
}

/// An id is not one of this hub, or of the log behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NotOfThisHub;

impl fmt::Display for NotOfThisHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("id is not of this hub")
    }
}

impl Error for NotOfThisHub {}

impl From<TopicNameTooLong> for PublishError {
    fn from(error: TopicNameTooLong) -> Self {
        Self::TopicName(error)
    }
}

impl From<TopicNameTooLong> for SubscribeError {
    fn from(error: TopicNameTooLong) -> Self {
        Self::TopicName(error)
    }
}

impl From<AppendError> for PublishError {
    fn from(error: AppendError) -> Self {
        if error.is_too_large() {
            return Self::TooLarge;
        }
        let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string).into();
        if error.is_refused() {
            return Self::Refused(cause);
        }
        Self::Unavailable { maybe_stored: error.is_maybe_stored(), cause }
    }
}

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TopicName(_) => "topic cannot have this name",
            Self::HasId => "event already has an id",
            Self::TooLarge => "event is larger than the history may be",
            Self::Finished => "topic is finished",
            Self::KeyPanicked => "key function panicked",
            Self::NeedsLog => "hub has a log, which takes its time",
            Self::Refused(cause) => return write!(f, "log refused the event: {cause}"),
            Self::Unavailable { maybe_stored: true, cause } => {
                return write!(f, "log did not answer, and may have stored the event: {cause}");
            }
            Self::Unavailable { maybe_stored: false, cause } => {
                return write!(f, "log cannot take the event now: {cause}");
            }
        })
    }
}

impl fmt::Display for SubscribeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TopicName(_) => "topic cannot have this name",
            Self::TooManyTopics => "too many topics at once",
        })
    }
}

impl Error for PublishError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TopicName(error) => Some(error),
            _ => None,
        }
    }
}

impl Error for SubscribeError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::TopicName(error) => Some(error),
            Self::TooManyTopics => None,
        }
    }
}
