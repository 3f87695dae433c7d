//! Whose a stream is.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use tower_sse_codec::Text;

/// Whose a stream is: an address, a user, a tenant. Streams of one key are counted, limited and
/// ended together.
///
/// It is made of an [`IpAddr`], a number or a text; a clone never copies the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(Repr);

#[derive(Clone, Debug, PartialEq, Eq)]
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

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        // Not what kind it is: keys of one registry are of one kind, mostly, and it takes as long.
        match &self.0 {
            Repr::Address(IpAddr::V4(address)) => state.write_u32(address.to_bits()),
            Repr::Address(IpAddr::V6(address)) => state.write_u128(address.to_bits()),
            Repr::Number(number) => state.write_u64(*number),
            Repr::Text(text) => text.hash(state),
        }
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
