//! One event, as plain values.

use core::time::Duration;

use crate::{EventId, EventName, Text};

/// One event: what an application sends and a client receives.
///
/// Every part is optional, and the last setter wins. An event without data dispatches nothing in
/// a browser: it carries an id, a retry or a comment. Empty data is data, and is dispatched.
///
/// ```
/// use tower_sse_codec::{Event, EventId, EventName};
///
/// const TICK: EventName = EventName::from_static("tick");
///
/// let event = Event::new("42").with_name(TICK).with_id(EventId::from(1));
/// assert_eq!(event.data(), Some("42"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[must_use]
pub struct Event {
    pub(crate) data: Option<Text>,
    pub(crate) name: Option<EventName>,
    pub(crate) id: Option<EventId>,
    pub(crate) retry: Option<Duration>,
    pub(crate) comment: Option<Text>,
}

impl Event {
    /// The longest time that [`with_retry`](Event::with_retry) keeps: 2³¹ - 1 ms, about 24 days.
    ///
    /// JavaScript timers take no more, and fire at once when they are given more.
    pub const MAX_RETRY: Duration = Duration::from_millis(i32::MAX as u64);

    /// An event with this data.
    ///
    /// The text may be anything: CR, LF and CRLF each end a line of it, and come back as LF.
    pub fn new(data: impl Into<Text>) -> Self {
        Self::default().with_data(data)
    }

    /// Sets the data. See [`new`](Event::new).
    pub fn with_data(mut self, data: impl Into<Text>) -> Self {
        self.data = Some(data.into());
        self
    }

    /// Sets the name; `message` and the empty name, which say nothing, take it away.
    pub fn with_name(mut self, name: EventName) -> Self {
        self.name = Some(name).filter(|name| !matches!(name.as_str(), "" | "message"));
        self
    }

    /// Sets the id, which the client sends back as `Last-Event-ID` when it reconnects.
    pub fn with_id(mut self, id: EventId) -> Self {
        self.id = Some(id);
        self
    }

    /// Takes the id away.
    pub fn without_id(mut self) -> Self {
        self.id = None;
        self
    }

    /// Sets how long the client waits before it reconnects, in whole milliseconds, at most
    /// [`MAX_RETRY`](Event::MAX_RETRY).
    ///
    /// A positive time of less than one millisecond takes the retry away: cut to zero it would
    /// ask for the opposite, to reconnect at once for ever.
    pub fn with_retry(mut self, retry: Duration) -> Self {
        let whole = retry.min(Self::MAX_RETRY).as_millis() as u64;
        self.retry = (whole > 0 || retry.is_zero()).then(|| Duration::from_millis(whole));
        self
    }

    /// Sets the comment, which browsers ignore. The text may be anything.
    pub fn with_comment(mut self, comment: impl Into<Text>) -> Self {
        self.comment = Some(comment.into());
        self
    }

    /// The data.
    pub fn data(&self) -> Option<&str> {
        self.data.as_deref()
    }

    /// The name; none means `message`.
    pub fn name(&self) -> Option<&EventName> {
        self.name.as_ref()
    }

    /// What a browser calls the type of the event: its name, or `message` if it has none.
    pub fn event_type(&self) -> &str {
        self.name().map_or("message", EventName::as_str)
    }

    /// The id.
    pub fn id(&self) -> Option<&EventId> {
        self.id.as_ref()
    }

    /// How long the client waits before it reconnects.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// The comment.
    pub fn comment(&self) -> Option<&str> {
        self.comment.as_deref()
    }
}
