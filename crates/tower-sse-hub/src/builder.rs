//! What can be chosen of a hub.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use tower_sse_codec::{Event, Text};

use crate::gap::Telling;
use crate::log::{Log, LogError};
use crate::shared::Shared;
use crate::{Driver, Gap, Hub, Resumed, Retention, TopicName};

/// What can be chosen of a hub: see [`Hub::builder`].
#[derive(Clone)]
#[must_use = "a builder does nothing until it builds"]
pub struct Builder {
    pub(crate) retention: Retention,
    pub(crate) max_topics: usize,
    pub(crate) max_replay: usize,
    pub(crate) publish_timeout: Duration,
    pub(crate) isolation: Option<Duration>,
    pub(crate) telling: Telling,
    key: Option<Arc<KeyFn>>,
}

type KeyFn = dyn Fn(&TopicName, &Event) -> Option<Text> + Send + Sync;

/// The function that gives an event its key has panicked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeyPanicked;

impl Builder {
    pub(crate) fn new() -> Self {
        let (retention, telling) = (Retention::new(), Telling::default());
        Self {
            retention,
            max_topics: 64,
            max_replay: 100_000,
            publish_timeout: Duration::from_secs(5),
            isolation: None,
            telling,
            key: None,
        }
    }

    /// Sets how much is remembered.
    pub fn with_retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Sets how many topics one subscription may have: 64, unless told otherwise.
    pub fn with_max_topics(mut self, topics: usize) -> Self {
        self.max_topics = topics;
        self
    }

    /// Sets through how many entries of its log the hub goes for one subscriber who comes back, beyond
    /// what it remembers: 100,000, unless told otherwise, rounded up to whole pages of 512. Who wants
    /// more is given that much, and then told of a gap.
    pub fn with_max_replay(mut self, entries: usize) -> Self {
        self.max_replay = entries;
        self
    }

    /// Sets for how long a publisher waits for the log: 5 seconds, unless told otherwise.
    pub fn with_publish_timeout(mut self, timeout: Duration) -> Self {
        self.publish_timeout = timeout;
        self
    }

    /// Sets after what time a hub whose log is out of reach is isolated: it ends all streams, and those
    /// that are begun, each with a `retry:` of 1 to 5 seconds by chance, and is
    /// [not ready](crate::Health::is_ready), so that clients find another machine. Never, unless told
    /// otherwise: streams stay, and get what comes when the log is back.
    ///
    /// A browser keeps the last `retry:` it was told: send the usual one at the head of every stream.
    pub fn with_isolation(mut self, after: Duration) -> Self {
        self.isolation = Some(after);
        self
    }

    /// Gives events a key: of the events of one topic that have the same, only the newest matters.
    ///
    /// Of each key, the newest event outlives the bounds of its topic for count and bytes, for as
    /// many keys as [`Retention::with_keys`] says. A subscriber with [`Lag::Latest`](crate::Lag)
    /// that is too slow for all gets those, in order, and then what there is of the others.
    ///
    /// The function runs in the task of who publishes, and with a log once more in that of the
    /// [`Driver`] of each hub. When it panics, that event is not published, and nothing else has
    /// happened; if it comes from the log, it has no key.
    ///
    /// ```
    /// use futures_util::{FutureExt, StreamExt};
    /// use tower_sse_hub::{Event, Hub, Lag, Retention};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let hub = Hub::builder()
    ///     .with_retention(Retention::new().with_count(1))
    ///     .with_key(|topic, event| (topic.as_str() == "prices").then(|| event.event_type().into()))
    ///     .build();
    /// let mut events = hub.subscribe(["prices"])?.with_lag(Lag::Latest);
    /// for (name, price) in [("eur", "1.10"), ("gbp", "1.20"), ("eur", "1.11"), ("eur", "1.12")] {
    ///     hub.publish_now("prices", Event::new(price).with_name(name.parse()?))?;
    /// }
    /// let mut seen = String::new();
    /// while let Some(Some(event)) = events.next().now_or_never() {
    ///     seen += std::str::from_utf8(event.bytes())?;
    /// }
    /// assert_eq!(seen.matches("event: ").count(), 2);
    /// assert!(seen.find("1.20") < seen.find("1.12"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_key<F>(mut self, key: F) -> Self
    where
        F: Fn(&TopicName, &Event) -> Option<Text> + Send + Sync + 'static,
    {
        self.key = Some(Arc::new(key));
        self
    }

    /// Sets the event that tells of a gap: by default it is named `gap`, and its data is the [`Gap`]
    /// as JSON. Its id is the hub's.
    ///
    /// The function runs in the task of the subscriber, or where
    /// [`is_over`](crate::Subscription::is_over) is asked.
    pub fn with_gap_event<F>(mut self, event: F) -> Self
    where
        F: Fn(&Gap<'_>) -> Event + Send + Sync + 'static,
    {
        self.telling.gap = Arc::new(event);
        self
    }

    /// Sets the event that tells those who [want to know](crate::Subscription::with_resumed) that
    /// they have resumed: by default it is named `resumed`, and its data is the [`Resumed`] as JSON.
    /// It has no id.
    ///
    /// The function runs where that of [`with_gap_event`](Builder::with_gap_event) does.
    pub fn with_resumed_event<F>(mut self, event: F) -> Self
    where
        F: Fn(&Resumed) -> Event + Send + Sync + 'static,
    {
        self.telling.resumed = Arc::new(event);
        self
    }

    /// A hub that has no log behind it: it remembers in this process only.
    pub fn build(self) -> Hub {
        Hub::from_shared(Arc::new(Shared::new(self)))
    }

    /// A hub with a log behind it, which others may share, and what brings the entries of the log to
    /// it, to be spawned.
    ///
    /// It begins with the newest entries that the log has, up to 8,192, and with what its
    /// [`Retention`] allows of these.
    ///
    /// # Errors
    /// When the log cannot be read now. It is asked once, and waited for as long as it takes.
    ///
    /// # Cancel safety
    /// Nothing remains when the future is dropped.
    pub async fn open(self, log: impl Log) -> Result<(Hub, Driver), LogError> {
        Driver::open(self, Arc::new(log)).await
    }

    /// The key of an event.
    pub(crate) fn key(
        &self,
        topic: &TopicName,
        event: &Event,
    ) -> Result<Option<Text>, KeyPanicked> {
        let Some(key) = &self.key else { return Ok(None) };
        // Nothing of ours is touched before it returns.
        catch_unwind(AssertUnwindSafe(|| key(topic, event))).map_err(|_| KeyPanicked)
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("retention", &self.retention)
            .field("max_topics", &self.max_topics)
            .finish_non_exhaustive()
    }
}
