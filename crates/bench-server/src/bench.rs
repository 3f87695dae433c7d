//! The endpoints, without a word about any framework.

use std::future::{Ready, ready};
use std::io;
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream::BoxStream;
use futures_util::{StreamExt, stream};
use http::HeaderMap;
use http::request::Parts;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};
use tower_sse::{Compression, Encoded, Event, Sse, SseFn, Streams, Text};
use tower_sse_hub::{Hub, Lag, Retention, Start, Subscription};

use crate::message;
use crate::query::{number, value};

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Bench {
    hub: Hub,
    window: Duration,
    streams: Streams,
    compression: Option<Compression>,
}

/// In which time streams are closed when the process is asked to stop.
const DRAIN: Duration = Duration::from_secs(5);

const TOPIC: &str = "messages";

impl Bench {
    /// Streams that rest for `window` after each frame, and are compressed for who takes it.
    pub(crate) fn new(window: Duration, compression: Option<Compression>) -> Self {
        let retention = Retention::new().with_count(1024).with_bytes(usize::MAX);
        Self { hub: Hub::with_retention(retention), window, streams: Streams::new(), compression }
    }

    /// `GET /sub`: what is published from now on, to a `topic` if one is named, and the `last` so
    /// many before.
    pub(crate) fn sub(&self, request: &HeaderMap, query: &str) -> Sse<Subscription> {
        let last = number(query, "last").map(|last| Start::Last(last as usize));
        let messages = self.messages(value(query, "topic").unwrap_or(TOPIC));
        let messages = messages.with_start(last.unwrap_or_default());
        let messages = Sse::new(messages).with_window(self.window);
        match &self.compression {
            Some(compression) => messages.with_compression(compression, request),
            None => messages,
        }
    }

    fn messages(&self, topic: &str) -> Subscription {
        self.hub.subscribe([topic]).expect("a short name").with_lag(Lag::Skip)
    }

    /// `GET /held`: as `/sub`, or with a query as `/firehose`, in a registry of streams.
    pub(crate) fn held(
        &self,
    ) -> SseFn<impl Fn(Parts) -> Ready<Sse<BoxStream<'static, Encoded>>> + Clone + use<>> {
        let bench = self.clone();
        let held = move |request: Parts| {
            let events = match request.uri.query() {
                Some(query) => many(query).map(Encoded::from).boxed(),
                None => bench.messages(TOPIC).boxed(),
            };
            ready(Sse::new(events).with_window(bench.window))
        };
        tower_sse::service_fn(held).with_streams(&self.streams)
    }

    /// Runs a server until it ends, or the process is asked to stop and the streams are closed.
    pub(crate) async fn serve(
        &self,
        server: impl Future<Output = io::Result<()>>,
    ) -> io::Result<()> {
        let mut asked = signal(SignalKind::terminate())?;
        let drained = async {
            asked.recv().await;
            self.streams.drain(DRAIN).await;
        };
        tokio::select! {
            ended = server => ended,
            () = drained => Ok(()),
        }
    }

    /// `POST /pub`: publishes `text`.
    pub(crate) fn publish(&self, text: String) {
        self.publish_to(TOPIC, text);
    }

    fn publish_to(&self, topic: &str, text: String) {
        self.hub.publish_now(topic, Event::new(text)).expect("no message is too large");
    }

    /// `GET /start`: publishes `count` messages of `size` bytes, `rate` in a second; 0 for all at
    /// once. With `topics`, each of them to so many: `0`, `1`, and so on.
    pub(crate) fn start(&self, query: &str) {
        let rate = number(query, "rate").unwrap_or(10);
        let count = number(query, "count").unwrap_or(10);
        let size = number(query, "size").unwrap_or(64) as usize;
        let topics: Vec<String> = match number(query, "topics") {
            Some(topics) => (0..topics).map(|topic| topic.to_string()).collect(),
            None => vec![TOPIC.to_owned()],
        };
        let bench = self.clone();
        tokio::spawn(async move {
            let start = Instant::now();
            for seq in 0..count {
                if let Some(nanos) = (seq * 1_000_000_000).checked_div(rate) {
                    sleep_until(start + Duration::from_nanos(nanos)).await;
                }
                let message = message::stamped(seq, size);
                for topic in &topics {
                    bench.publish_to(topic, message.clone());
                }
            }
        });
    }

    /// `GET /stats`: how often a subscriber was too slow, how many tasks there are, and streams of
    /// the registry, what these have sent, and how many subscribers there are.
    pub(crate) fn stats(&self) -> String {
        let stats = self.hub.stats();
        let tasks = Handle::current().metrics().num_alive_tasks();
        let tower_sse::Stats { open, bytes, .. } = self.streams.stats();
        let (lagged, subs) = (stats.lagged.skipped, stats.subscribers);
        format!("lagged={lagged} tasks={tasks} open={open} bytes={bytes} subs={subs}")
    }
}

/// `GET /firehose`: `n` events of `size` bytes, all ready, each encoded by the body; a line of
/// theirs has `nl` bytes.
pub(crate) fn firehose(query: &str) -> Sse<impl Stream<Item = Event> + use<>> {
    Sse::new(many(query))
}

fn many(query: &str) -> impl Stream<Item = Event> + use<> {
    let n = number(query, "n").unwrap_or(1000);
    let size = number(query, "size").unwrap_or(64) as usize;
    let line = number(query, "nl").unwrap_or(0) as usize;
    let text = Text::from(message::plain(size, line));
    stream::iter(0..n).map(move |_| Event::new(text.clone()))
}

/// `GET /idle`: nothing but what keeps the connection alive.
pub(crate) fn idle() -> Sse<impl Stream<Item = Event>> {
    Sse::new(stream::pending())
}
