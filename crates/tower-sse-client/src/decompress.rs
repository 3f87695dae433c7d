//! Bodies that are compressed.

use bytes::Bytes;
use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue};

#[cfg(feature = "brotli")]
mod brotli;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(feature = "zstd")]
mod zstd;

/// How much is decompressed at a time: what a bomb makes of few bytes is looked at, and is too long or
/// thrown away, before there is more of it.
pub(crate) const PIECE: usize = 16 << 10;

/// What is asked for: all that can be read.
const ACCEPTED: &str = {
    match (cfg!(feature = "zstd"), cfg!(feature = "gzip"), cfg!(feature = "brotli")) {
        (true, true, true) => "zstd, gzip, br",
        (true, true, false) => "zstd, gzip",
        (true, false, true) => "zstd, br",
        (true, false, false) => "zstd",
        (false, true, true) => "gzip, br",
        (false, true, false) => "gzip",
        (false, false, true) => "br",
        (false, false, false) => "",
    }
};

/// What decompresses a body, as its bytes come.
pub(crate) enum Decompress {
    /// It is not compressed.
    Plain,
    #[cfg(feature = "gzip")]
    Gzip(Box<gzip::Gzip>),
    #[cfg(feature = "zstd")]
    Zstd(Box<zstd::Zstd>),
    #[cfg(feature = "brotli")]
    Brotli(Box<brotli::Brotli>),
}

/// The compressed bytes are not what they should be.
#[derive(Debug)]
pub(crate) struct Corrupt(&'static str);

impl Corrupt {
    #[cfg(any(feature = "gzip", feature = "zstd", feature = "brotli"))]
    fn new(reason: &'static str) -> Self {
        Self(reason)
    }
}

impl std::fmt::Display for Corrupt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for Corrupt {}

/// Asks for what can be read, unless the headers already ask for something.
pub(crate) fn ask(headers: &mut HeaderMap) {
    if !ACCEPTED.is_empty() {
        headers.entry(ACCEPT_ENCODING).or_insert(HeaderValue::from_static(ACCEPTED));
    }
}

impl Decompress {
    /// What decompresses a body with this content encoding, if it can be read.
    pub(crate) fn of(encoding: Option<&HeaderValue>) -> Option<Self> {
        let Some(encoding) = encoding else { return Some(Self::Plain) };
        let is =
            |name: &str| encoding.as_bytes().trim_ascii().eq_ignore_ascii_case(name.as_bytes());
        match () {
            () if is("identity") => Some(Self::Plain),
            #[cfg(feature = "gzip")]
            () if is("gzip") || is("x-gzip") => Some(Self::Gzip(Box::default())),
            #[cfg(feature = "zstd")]
            () if is("zstd") => zstd::Zstd::new().map(|zstd| Self::Zstd(zstd.into())),
            #[cfg(feature = "brotli")]
            () if is("br") => Some(Self::Brotli(Box::default())),
            () => None,
        }
    }

    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// Takes some of the input and gives what it stands for, a piece at most. Nothing means that it
    /// needs more input.
    pub(crate) fn piece(&mut self, input: &mut Bytes) -> Result<Bytes, Corrupt> {
        match *self {
            Self::Plain => Ok(std::mem::take(input)),
            #[cfg(feature = "gzip")]
            Self::Gzip(ref mut gzip) => gzip.piece(input),
            #[cfg(feature = "zstd")]
            Self::Zstd(ref mut zstd) => zstd.piece(input),
            #[cfg(feature = "brotli")]
            Self::Brotli(ref mut brotli) => brotli.piece(input),
        }
    }
}

impl std::fmt::Debug for Decompress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decompress").field("is_plain", &self.is_plain()).finish()
    }
}

#[cfg(all(test, feature = "gzip", feature = "zstd", feature = "brotli"))]
mod tests;
