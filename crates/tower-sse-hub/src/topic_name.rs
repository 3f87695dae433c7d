//! What a topic is called.

use std::borrow::Borrow;
use std::error::Error;
use std::fmt;

use tower_sse_codec::Text;

/// What a topic is called: any text of up to [`MAX_LEN`](TopicName::MAX_LEN) bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TopicName(Text);

/// A name of a topic was too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TopicNameTooLong;

impl TopicName {
    /// The longest name that is taken, in bytes.
    pub const MAX_LEN: usize = 256;

    /// A topic of this name.
    ///
    /// # Errors
    /// When the name is too long.
    pub fn new(name: impl Into<Text>) -> Result<Self, TopicNameTooLong> {
        let name = name.into();
        if name.len() > Self::MAX_LEN { Err(TopicNameTooLong) } else { Ok(Self(name)) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for TopicName {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl TryFrom<&str> for TopicName {
    type Error = TopicNameTooLong;

    fn try_from(name: &str) -> Result<Self, TopicNameTooLong> {
        Self::new(name)
    }
}

impl TryFrom<String> for TopicName {
    type Error = TopicNameTooLong;

    fn try_from(name: String) -> Result<Self, TopicNameTooLong> {
        Self::new(name)
    }
}

impl From<std::convert::Infallible> for TopicNameTooLong {
    fn from(never: std::convert::Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for TopicNameTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "topic name is longer than {} bytes", TopicName::MAX_LEN)
    }
}

impl Error for TopicNameTooLong {}
