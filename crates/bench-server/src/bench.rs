//! The endpoints, without a word about any framework.

use std::time::Duration;

use futures_core::Stream;
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, sleep_until};
use tower_sse::{Event, Sse, Text};
use tower_sse_hub::{Hub, Lag, Retention, Subscription};

use crate::message;
use crate::query::number;

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Bench {
    hub: Hub,
    window: Duration,
}

const TOPIC: &str = "messages";

impl Bench {
    /// Streams that rest for `window` after each frame.
    pub(crate) fn new(window: Duration) -> Self {
        let retention = Retention::new().with_count(1024).with_bytes(usize::MAX);
        Self { hub: Hub::with_retention(retention), window }
    }

    /// `GET /sub`: what is published from now on.
    pub(crate) fn sub(&self) -> Sse<Subscription> {
        let messages = self.hub.subscribe([TOPIC]).expect("a short name").with_lag(Lag::Skip);
        Sse::new(messages).with_window(self.window)
    }

    /// `POST /pub`: publishes `text`.
    pub(crate) fn publish(&self, text: String) {
        self.hub.publish_now(TOPIC, Event::new(text)).expect("no message is too large");
    }

    /// `GET /start`: publishes `count` messages of `size` bytes, `rate` in a second; 0 for all at
    /// once.
    pub(crate) fn start(&self, query: &str) {
        let rate = number(query, "rate").unwrap_or(10);
        let count = number(query, "count").unwrap_or(10);
        let size = number(query, "size").unwrap_or(64) as usize;
        let bench = self.clone();
        tokio::spawn(async move {
            let start = Instant::now();
            for seq in 0..count {
                if let Some(nanos) = (seq * 1_000_000_000).checked_div(rate) {
                    sleep_until(start + Duration::from_nanos(nanos)).await;
                }
                bench.publish(message::stamped(seq, size));
            }
        });
    }

    /// `GET /stats`: how often a subscriber was too slow, and how many there are.
    pub(crate) fn stats(&self) -> String {
        let stats = self.hub.stats();
        format!("lagged={} subs={}", stats.lagged.skipped, stats.subscribers)
    }
}

/// `GET /firehose`: `n` events of `size` bytes, all ready, each encoded by the body; a line of
/// theirs has `nl` bytes.
pub(crate) fn firehose(query: &str) -> Sse<impl Stream<Item = Event> + use<>> {
    let n = number(query, "n").unwrap_or(1000);
    let size = number(query, "size").unwrap_or(64) as usize;
    let line = number(query, "nl").unwrap_or(0) as usize;
    let text = Text::from(message::plain(size, line));
    Sse::new(stream::iter(0..n).map(move |_| Event::new(text.clone())))
}

/// `GET /idle`: nothing but what keeps the connection alive.
pub(crate) fn idle() -> Sse<impl Stream<Item = Event>> {
    Sse::new(stream::pending())
}
