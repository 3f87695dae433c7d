//! What publishers and subscribers can get wrong.

use std::error::Error;
use std::fmt;

use crate::TopicNameTooLong;

/// An event was not published. Nobody has seen anything of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// The name of the topic is too long.
    TopicName(TopicNameTooLong),
    /// The event already has an id: ids are the hub's.
    HasId,
    /// The event is larger than what the hub may keep of a topic, or of all.
    TooLarge,
    /// The topic is finished.
    Finished,
    /// The function that gives events their keys has panicked.
    KeyPanicked,
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

impl fmt::Display for PublishError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TopicName(_) => "topic cannot have this name",
            Self::HasId => "event already has an id",
            Self::TooLarge => "event is larger than the history may be",
            Self::Finished => "topic is finished",
            Self::KeyPanicked => "key function panicked",
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
