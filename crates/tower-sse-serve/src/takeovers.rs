//! Which event streams are taken over, and which are not.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TRAILER, TRANSFER_ENCODING, UPGRADE};
use http::{Response, StatusCode, Version};
use http_body::Body;

#[cfg(feature = "metrics")]
use crate::metrics::Metrics;

/// What a [`Serve`](crate::Serve) has taken over. A clone counts the same.
#[derive(Clone, Default)]
pub struct Takeovers(Arc<Counts>);

#[derive(Default)]
struct Counts {
    open: AtomicUsize,
    total: AtomicU64,
    shared: AtomicU64,
    kept: [AtomicU64; Kept::ALL.len()],
    #[cfg(feature = "metrics")]
    metrics: Metrics,
}

/// Why an event stream is left to hyper, which is no difference on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kept {
    /// The protocol is not HTTP/1.1.
    Version,
    /// The body of the request has not been read to its end.
    Request,
    /// The response has a header that says how its body is sent: a length, trailers, or another
    /// transfer encoding. Or its status is for no stream.
    Head,
}

impl Kept {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Version, Self::Request, Self::Head];

    /// In one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Request => "request",
            Self::Head => "head",
        }
    }
}

impl fmt::Display for Kept {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Takeovers {
    /// How many streams are taken over, and open.
    pub fn open(&self) -> usize {
        self.0.open.load(Ordering::Relaxed)
    }

    /// How many were taken over so far.
    pub fn total(&self) -> u64 {
        self.0.total.load(Ordering::Relaxed)
    }

    /// How often events were written to a stream without asking its body, as its hub was asked for
    /// all who wait at the same place.
    pub fn shared(&self) -> u64 {
        self.0.shared.load(Ordering::Relaxed)
    }

    /// How many event streams were left to hyper for this reason so far. Responses that are none
    /// are not counted.
    pub fn kept(&self, why: Kept) -> u64 {
        self.0.kept[why as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn opened(&self) {
        self.0.open.fetch_add(1, Ordering::Relaxed);
        self.0.total.fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        self.0.metrics.opened();
    }

    pub(crate) fn closed(&self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        self.0.metrics.closed();
    }

    pub(crate) fn share(&self, writes: usize) {
        self.0.shared.fetch_add(writes as u64, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        self.0.metrics.shared(writes as u64);
    }

    pub(crate) fn keep(&self, why: Kept) {
        self.0.kept[why as usize].fetch_add(1, Ordering::Relaxed);
        #[cfg(feature = "metrics")]
        self.0.metrics.kept(why);
    }
}

impl fmt::Debug for Takeovers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = f.debug_struct("Takeovers");
        all.field("open", &self.open()).field("total", &self.total());
        all.field("shared", &self.shared());
        for why in Kept::ALL {
            all.field(why.as_str(), &self.kept(why));
        }
        all.finish()
    }
}

/// Whether a response is an event stream, of which there is anything to send.
pub(crate) fn is_event_stream<B: Body>(response: &Response<B>) -> bool {
    let content_type = response.headers().get(CONTENT_TYPE).map(http::HeaderValue::as_bytes);
    let essence = content_type.and_then(|value| value.split(|byte| *byte == b';').next());
    let is_events =
        essence.is_some_and(|it| it.trim_ascii().eq_ignore_ascii_case(b"text/event-stream"));
    is_events && !response.body().is_end_stream()
}

/// Why an event stream is to be left to hyper, if it is. To what is not, hyper adds one header,
/// `transfer-encoding: chunked`, and it goes on for as long as its body does.
pub(crate) fn kept<B: Body>(
    version: Version,
    is_read: bool,
    response: &Response<B>,
) -> Option<Kept> {
    let (status, headers) = (response.status(), response.headers());
    let is_bodiless = status.is_informational()
        || [StatusCode::NO_CONTENT, StatusCode::RESET_CONTENT, StatusCode::NOT_MODIFIED]
            .contains(&status);
    let says_how = [CONTENT_LENGTH, TRANSFER_ENCODING, TRAILER, UPGRADE]
        .iter()
        .any(|name| headers.contains_key(name));
    if version != Version::HTTP_11 || response.version() != Version::HTTP_11 {
        Some(Kept::Version)
    } else if is_bodiless || says_how || response.body().size_hint().exact().is_some() {
        Some(Kept::Head)
    } else if !is_read {
        Some(Kept::Request)
    } else {
        None
    }
}
