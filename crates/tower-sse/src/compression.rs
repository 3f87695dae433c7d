//! Which streams are compressed, and how.

use http::header::{CONTENT_ENCODING, VARY};
use http::{HeaderMap, HeaderValue, Response};

use crate::compression::sum::Sum;
use crate::{Item, SseBody, Stream};

pub(crate) mod accept;
mod alone;
#[cfg(feature = "brotli")]
mod brotli;
pub(crate) mod compressor;
#[cfg(feature = "gzip")]
mod deflate;
mod form;
mod link;
mod output;
mod pack;
pub(crate) mod packer;
mod packs;
mod past;
mod sum;
mod wire;
#[cfg(feature = "zstd")]
mod zstd;

/// Compresses streams for the clients that take it, without delay: whatever is ready is flushed.
///
/// Which encoding it is follows from the `Accept-Encoding` of the request (RFC 9110, section
/// 12.5.3); a client that asks for none, or does so in a way that cannot be read, gets the stream as
/// it is. Set it on the service, on the layer, or on an [`Sse`](crate::Sse).
///
/// ```
/// # #[cfg(feature = "gzip")] {
/// use http::HeaderMap;
/// use tower_sse::{Compression, Encoding, Event, Sse};
///
/// let compression = Compression::new([Encoding::Gzip]);
///
/// let mut request = HeaderMap::new();
/// request.insert("accept-encoding", "gzip, br".parse().unwrap());
/// let events = tokio_stream::once(Event::new("hello"));
/// let response = Sse::new(events).with_compression(&compression, &request).into_response();
/// assert_eq!(response.headers()["content-encoding"], "gzip");
/// assert_eq!(response.headers()["vary"], "accept-encoding");
/// # }
/// ```
///
/// # Cost
///
/// The subscribers of one topic of a hub share what is compressed, with gzip and zstd: each event is
/// compressed once or twice, however many they are, and a connection takes less than 512 bytes. Every
/// other stream, one of several topics too, has a compressor of its own. See the crate's first page
/// for what each takes.
///
/// # Secrets
///
/// What an attacker can write beside a secret in one stream, he can guess the secret by, from the
/// lengths that he sees on the wire (BREACH). Do not compress streams that have both.
#[derive(Clone, Debug)]
#[must_use]
pub struct Compression {
    encodings: Vec<Encoding>,
    level: Option<u8>,
    window: Option<u8>,
}

/// An encoding of a stream: there is one for each of the features `gzip`, `zstd` and `brotli`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Encoding {
    /// What every client takes.
    #[cfg(feature = "gzip")]
    Gzip,
    /// Less work for the client; browsers take it over HTTPS, and some others do.
    #[cfg(feature = "zstd")]
    Zstd,
    /// No smaller than gzip where each event is flushed, and far more work.
    #[cfg(feature = "brotli")]
    Brotli,
}

/// How a stream is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Settings {
    pub(crate) encoding: Encoding,
    /// From 1 to 9, if it was set.
    pub(crate) level: Option<u8>,
    /// The logarithm of the window's length, if it was set.
    pub(crate) window: Option<u8>,
}

/// What a client is offered: a compressed stream if it takes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Offer(Option<Settings>);

impl Compression {
    /// Offers these encodings. Of those that a client likes equally well, the first is taken.
    ///
    /// Without any, all streams stay as they are.
    pub fn new(encodings: impl IntoIterator<Item = Encoding>) -> Self {
        Self { encodings: encodings.into_iter().collect(), level: None, window: None }
    }

    /// Sets how hard it tries, from 1 to 9.
    ///
    /// At first that is 1 for a stream of its own, and 6 for what the subscribers of a topic share.
    /// Brotli does no less than its 3, and no more than its 4: above, each stream would take
    /// megabytes.
    pub fn with_level(mut self, level: u8) -> Self {
        self.level = Some(level.clamp(1, 9));
        self
    }

    /// Sets how far back in the stream it looks for what repeats, in bytes: a power of two, from 1
    /// KiB to 32 KiB. Another number means the next larger one of these.
    ///
    /// At first that is 8 KiB for a stream of its own, and 32 KiB for what the subscribers of a topic
    /// share.
    pub fn with_window(mut self, bytes: usize) -> Self {
        let bytes = bytes.clamp(1 << 10, 1 << 15).next_power_of_two();
        self.window = Some(bytes.ilog2() as u8);
        self
    }

    /// What the client with these headers is offered; none, whatever it takes, if there is nothing.
    pub(crate) fn offer(&self, headers: &HeaderMap) -> Option<Offer> {
        if self.encodings.is_empty() {
            return None;
        }
        let encoding = accept::preferred(headers, &self.encodings);
        let Self { level, window, .. } = *self;
        Some(Offer(encoding.map(|encoding| Settings { encoding, level, window })))
    }
}

impl Encoding {
    /// Its name in headers.
    pub fn as_str(self) -> &'static str {
        match self {
            #[cfg(feature = "gzip")]
            Self::Gzip => "gzip",
            #[cfg(feature = "zstd")]
            Self::Zstd => "zstd",
            #[cfg(feature = "brotli")]
            Self::Brotli => "br",
        }
    }
}

impl Settings {
    /// The sum with these bytes after it, if the encoding wants one.
    fn sum(self, before: Sum, bytes: &[u8]) -> Sum {
        match self.encoding {
            #[cfg(feature = "gzip")]
            Encoding::Gzip => before.and(bytes),
            #[allow(unreachable_patterns, reason = "it may be the only one")]
            _ => before,
        }
    }

    /// How many of the first bytes of a keyframe are written before it, as the last block of a frame of
    /// zstd that is open.
    fn apart(self) -> usize {
        match self.encoding {
            #[cfg(feature = "zstd")]
            Encoding::Zstd => 1,
            #[allow(unreachable_patterns, reason = "it may be the only one")]
            _ => 0,
        }
    }

    /// Whether the compressed forms of an event can be shared.
    fn shares(self) -> bool {
        match self.encoding {
            #[cfg(feature = "brotli")]
            Encoding::Brotli => false,
            #[allow(unreachable_patterns, reason = "it may be the only one")]
            _ => true,
        }
    }
}

impl Offer {
    /// Compresses the body of a response with a stream, unless it says that it is encoded already.
    pub(crate) fn apply<S>(self, response: &mut Response<SseBody<S>>)
    where
        S: Stream,
        S::Item: Item,
    {
        if !response.body().has_stream() {
            return;
        }
        let headers = response.headers_mut();
        if !varies(headers) {
            headers.append(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if headers.contains_key(CONTENT_ENCODING) {
            return;
        }
        if let Some(settings) = self.0 {
            let encoding = HeaderValue::from_static(settings.encoding.as_str());
            headers.insert(CONTENT_ENCODING, encoding);
            response.body_mut().compress(settings);
        }
    }
}

/// Whether caches are told already.
fn varies(headers: &HeaderMap) -> bool {
    let names =
        headers.get_all(VARY).iter().flat_map(|value| value.as_bytes().split(|b| *b == b','));
    names
        .map(<[u8]>::trim_ascii)
        .any(|name| name == b"*" || name.eq_ignore_ascii_case(b"accept-encoding"))
}

#[cfg(all(test, feature = "gzip", feature = "zstd", feature = "brotli"))]
mod tests;
