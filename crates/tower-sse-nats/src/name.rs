//! What a stream and its subjects are called.

use std::error::Error;
use std::fmt;
use std::str::FromStr;

/// What a stream is called: letters, digits and whatever else NATS takes, which is anything but
/// white space, control characters, `.`, `*`, `>`, `/`, `\` and a `$` at the begin, in 1 to 255 bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StreamName(String);

/// What the subjects of a log begin with: one or more names, with a `.` between them.
///
/// The subject of a topic is the prefix, a `.`, and the topic: letters, digits, `-` and `_` as they
/// are, any other byte as `=` and two digits.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SubjectPrefix(String);

/// NATS takes no such name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct InvalidName;

const MAX_LEN: usize = 255;

impl StreamName {
    /// A stream of this name.
    ///
    /// # Errors
    /// When NATS takes no such name.
    pub fn new(name: impl Into<String>) -> Result<Self, InvalidName> {
        let name = name.into();
        if is_plain(&name) && !name.starts_with('$') { Ok(Self(name)) } else { Err(InvalidName) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl SubjectPrefix {
    /// A prefix of these names.
    ///
    /// # Errors
    /// When NATS takes no such subject, or keeps it for itself.
    pub fn new(prefix: impl Into<String>) -> Result<Self, InvalidName> {
        let prefix = prefix.into();
        let is_valid = prefix.len() <= MAX_LEN && prefix.split('.').all(is_plain);
        if is_valid && !prefix.starts_with('$') { Ok(Self(prefix)) } else { Err(InvalidName) }
    }

    /// The prefix.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_plain(name: &str) -> bool {
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !".*>/\\".contains(c);
    (1..=MAX_LEN).contains(&name.len()) && name.chars().all(is_plain)
}

impl FromStr for StreamName {
    type Err = InvalidName;

    fn from_str(name: &str) -> Result<Self, InvalidName> {
        Self::new(name)
    }
}

impl FromStr for SubjectPrefix {
    type Err = InvalidName;

    fn from_str(prefix: &str) -> Result<Self, InvalidName> {
        Self::new(prefix)
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for SubjectPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for InvalidName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NATS takes no such name")
    }
}

impl Error for InvalidName {}
