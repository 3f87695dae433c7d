//! What can be chosen of a registry of streams.

use std::fmt;
use std::ops::RangeInclusive;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use http::Response;
use http::request::Parts;
use tower_sse_codec::Event;

use crate::streams::bucket::Bucket;
use crate::streams::limits::Limits;
use crate::streams::spread::Spread;
use crate::{Cause, Key, OpenStream, Reason, Refusal, Refused, Streams};

/// What can be chosen of a registry of streams: see [`Streams::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    pub(crate) limits: Limits,
    pub(crate) bucket: Option<Bucket>,
    pub(crate) lifetime: Option<Spread>,
    pub(crate) retry: Spread,
    pub(crate) last_event: Option<Event>,
    pub(crate) on_end: Option<Arc<OnEnd>>,
    key: Option<Arc<KeyFn>>,
    refusal: Option<Arc<RefusalFn>>,
}

type KeyFn = dyn Fn(&Parts) -> Option<Key> + Send + Sync;
type RefusalFn = dyn Fn(&Refused<'_>) -> Response<Option<Event>> + Send + Sync;
type OnEnd = dyn Fn(&OpenStream, Reason) + Send + Sync;

impl Builder {
    pub(crate) fn new() -> Self {
        Self {
            limits: Limits::NONE,
            bucket: None,
            lifetime: None,
            retry: Spread::new(Duration::from_secs(1)..=Duration::from_secs(5)),
            last_event: None,
            on_end: None,
            key: None,
            refusal: None,
        }
    }

    /// Sets how many streams may be open at once; none are let in if it is 0.
    ///
    /// A stream is open until its body is dropped, which for one that is told to end is when its
    /// client has read the end, or is gone.
    pub fn with_max_open(mut self, streams: usize) -> Self {
        self.limits.open = streams;
        self
    }

    /// Gives streams a key: the address or the user that a request comes from. A request without
    /// one counts in total only.
    ///
    /// The function runs in the task of the request. When it panics, the request is refused.
    pub fn with_key<F, K>(mut self, key: F) -> Self
    where
        F: Fn(&Parts) -> Option<K> + Send + Sync + 'static,
        K: Into<Key>,
    {
        self.key = Some(Arc::new(move |request| key(request).map(Into::into)));
        self
    }

    /// Sets how many streams of one key may be open at once; none are let in if it is 0.
    pub fn with_max_per_key(mut self, streams: usize) -> Self {
        self.limits.per_key = streams;
        self
    }

    /// At the limit of a key, ends its oldest stream, instead of refusing the new one.
    ///
    /// An `EventSource` that is ended comes back, so this is for clients that do not, or few keys
    /// with one stream more than they need. A client that is told to go and does not read keeps its
    /// place: a key may have twice its limit open, and when as many as the limit are going and have
    /// not gone, new streams of that key are refused.
    pub fn ending_oldest(mut self) -> Self {
        self.limits.ends_oldest = true;
        self
    }

    /// Sets how many streams may be let in at once, and how long it takes until one more may.
    ///
    /// None are let in if the burst is 0; there is no limit if the time is.
    pub fn with_rate(mut self, burst: u32, one_every: Duration) -> Self {
        self.bucket = Some(Bucket::new(burst, one_every));
        self
    }

    /// Sets for how long a stream may be open: each for a random time of this range, so that
    /// streams that began together do not end together. At most 100 years. It counts from when it is
    /// let in. A client that reads nothing keeps its place for longer; what was taken from its stream in
    /// time is still sent then, and nothing else.
    ///
    /// [`Sse::with_lifetime`](crate::Sse::with_lifetime) is for one stream.
    pub fn with_lifetime(mut self, range: RangeInclusive<Duration>) -> Self {
        self.lifetime = Some(Spread::new(range));
        self
    }

    /// Sets when clients that are refused, drained, or had to make room may come back: each after a
    /// random time of this range, from 1 to 5 seconds unless told otherwise.
    ///
    /// A browser keeps the last `retry:` that it was told. So a server that uses this should send
    /// its usual one at the head of every stream: see [`Sse::with_retry`](crate::Sse::with_retry).
    pub fn with_retry(mut self, range: RangeInclusive<Duration>) -> Self {
        self.retry = Spread::new(range);
        self
    }

    /// Sets the last event of streams that are drained. Its `retry:` is that of
    /// [`with_retry`](Builder::with_retry).
    pub fn with_last_event(mut self, event: Event) -> Self {
        self.last_event = Some(event);
        self
    }

    /// Sets what is answered to requests that are refused: by default, and when the function panics,
    /// [`Refused::response`].
    ///
    /// ```
    /// use http::Response;
    /// use tower_sse::{Cause, Streams};
    ///
    /// let streams = Streams::builder()
    ///     .with_max_per_key(3)
    ///     .with_refusal(|refused| match refused.cause() {
    ///         Cause::KeyFull => {
    ///             let mut too_many = Response::new(None);
    ///             *too_many.status_mut() = http::StatusCode::TOO_MANY_REQUESTS;
    ///             too_many
    ///         }
    ///         _ => refused.response(),
    ///     })
    ///     .build();
    /// ```
    pub fn with_refusal<F>(mut self, refusal: F) -> Self
    where
        F: Fn(&Refused<'_>) -> Response<Option<Event>> + Send + Sync + 'static,
    {
        self.refusal = Some(Arc::new(refusal));
        self
    }

    /// Shows `on_end` every stream that has ended, when its body has been dropped.
    ///
    /// It runs where the body is dropped, and should be brief. When it panics, nothing else
    /// happens.
    pub fn on_end<F>(mut self, on_end: F) -> Self
    where
        F: Fn(&OpenStream, Reason) + Send + Sync + 'static,
    {
        self.on_end = Some(Arc::new(on_end));
        self
    }

    /// The registry.
    pub fn build(self) -> Streams {
        Streams::from_builder(self)
    }

    /// The key of a request.
    pub(crate) fn key(&self, request: &Parts) -> Result<Option<Key>, Cause> {
        let Some(key) = &self.key else { return Ok(None) };
        // Nothing of ours is touched before it returns.
        catch_unwind(AssertUnwindSafe(|| key(request))).map_err(|_| Cause::KeyPanicked)
    }

    /// What is answered to a request that is refused.
    pub(crate) fn refusal(&self, cause: Cause, request: &Parts) -> Refusal {
        let refused = Refused { cause, request, retry: self.retry.random() };
        let own = self.refusal.as_ref().and_then(|refusal| {
            // Its panic must not reach a host that gives up the connection then.
            catch_unwind(AssertUnwindSafe(|| refusal(&refused))).ok()
        });
        Refusal::new(cause, own.unwrap_or_else(|| refused.response()))
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("limits", &self.limits)
            .field("bucket", &self.bucket)
            .field("lifetime", &self.lifetime)
            .field("retry", &self.retry)
            .field("last_event", &self.last_event)
            .finish_non_exhaustive()
    }
}
