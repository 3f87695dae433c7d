//! A URL that cannot be used.

use std::error::Error;
use std::fmt;

use redis::RedisError;

/// A URL does not say where a Redis server is, or asks for what this was built without.
#[derive(Debug)]
pub struct InvalidUrl(RedisError);

impl From<RedisError> for InvalidUrl {
    fn from(cause: RedisError) -> Self {
        Self(cause)
    }
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("url of redis cannot be used")
    }
}

impl Error for InvalidUrl {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
