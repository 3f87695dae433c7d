//! A request as it came.

use std::fmt;
use std::io;
use std::time::Duration;

use bytes::Bytes;

use crate::wire::{self, Headers, Wire};

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// When its head was whole, from the server's start.
    pub at: Duration,
    /// Which origin it came to.
    pub origin: Origin,
    /// The method.
    pub method: String,
    /// The target, as it stands in the first line.
    pub target: String,
    /// The headers in their order, the names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The body.
    pub body: Vec<u8>,
}

/// One of the two origins that a server has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// That of its URL.
    Own,
    /// That which redirects to `@other` lead to.
    Other,
}

impl Request {
    /// The values of a header, by its name in lower case, or of `:method`, `:target`, `:origin`
    /// (`self` or `other`), or `:body`, which is none when it is empty.
    pub fn values(&self, name: &str) -> Vec<&[u8]> {
        match name {
            ":method" => vec![self.method.as_bytes()],
            ":target" => vec![self.target.as_bytes()],
            ":origin" if self.origin == Origin::Own => vec![b"self"],
            ":origin" => vec![b"other"],
            ":body" if self.body.is_empty() => Vec::new(),
            ":body" => vec![&self.body],
            _ => {
                let named = self.headers.iter().filter(|(other, _)| other == name);
                named.map(|(_, value)| value.as_slice()).collect()
            }
        }
    }

    /// The query parameter `hop`, 0 where there is none.
    pub fn hop(&self) -> u32 {
        let (_, query) = self.target.split_once('?').unwrap_or_default();
        let hop = query.split('&').find_map(|parameter| parameter.strip_prefix("hop="));
        hop.and_then(|hop| hop.parse().ok()).unwrap_or(0)
    }

    /// Reads the next request of a connection.
    pub(super) async fn read(
        wire: &mut Wire,
        origin: Origin,
        now: impl Fn() -> Duration,
    ) -> io::Result<Self> {
        let raw = wire.through(b"\r\n\r\n").await?;
        let at = now();
        let (first, headers) = wire::head(&raw);
        let mut words = first.split(' ').map(str::to_owned);
        let (method, target) = (words.next(), words.next());
        let body = body(wire, &headers).await?.to_vec();
        let (method, target) = (method.unwrap_or_default(), target.unwrap_or_default());
        Ok(Self { at, origin, method, target, headers, body })
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)
    }
}

/// The body. RFC 9112, section 6.3.
async fn body(wire: &mut Wire, headers: &Headers) -> io::Result<Bytes> {
    let value = |name| headers.iter().find(|(other, _)| other == name).map(|(_, value)| value);
    if value("transfer-encoding").is_some() {
        let mut body = Vec::new();
        loop {
            match wire.chunk().await? {
                chunk if chunk.is_empty() => return Ok(body.into()),
                chunk => body.extend_from_slice(&chunk),
            }
        }
    }
    let Some(length) = value("content-length") else {
        return Ok(Bytes::new());
    };
    let length = str::from_utf8(length).ok().and_then(|length| length.parse().ok());
    wire.exactly(length.ok_or(io::ErrorKind::InvalidData)?).await
}
