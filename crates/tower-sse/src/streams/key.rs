//! Whose a stream is.

use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

use tower_sse_codec::Text;

/// Whose a stream is: an address, a user, a tenant. Streams of one key are counted, limited and
/// ended together.
///
/// It is made of an [`IpAddr`], a number or a text; a clone never copies the text.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Key(Repr);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Repr {
    Address(IpAddr),
    Number(u64),
    Text(Text),
}

impl From<IpAddr> for Key {
    fn from(address: IpAddr) -> Self {
        Self(Repr::Address(address))
    }
}

impl From<u64> for Key {
    fn from(number: u64) -> Self {
        Self(Repr::Number(number))
    }
}

impl From<Text> for Key {
    fn from(text: Text) -> Self {
        Self(Repr::Text(text))
    }
}

impl From<Arc<str>> for Key {
    fn from(text: Arc<str>) -> Self {
        Text::from(text).into()
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Text::from(text).into()
    }
}

impl From<String> for Key {
    fn from(text: String) -> Self {
        Text::from(text).into()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Address(address) => address.fmt(f),
            Repr::Number(number) => number.fmt(f),
            Repr::Text(text) => f.write_str(text),
        }
    }
}
