//! What is shared by everybody who looks at the page.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::time::Duration;
use std::{iter, process};

use bytes::Buf;
use futures_util::{Stream, StreamExt, future, stream};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use sysinfo::System;
use tokio::time::{MissedTickBehavior, interval, sleep};
use tower_sse::{
    Compression, Encoded, Encoding, KeepAlive, Lagged, LastEventId, Sse, SseFn, Streams,
    last_event_id, service_fn,
};
use tower_sse_hub::{Builder, Driver, Hub, Publish, Retention, Start, Subscription, TopicName};

use crate::machine::Sampler;
use crate::post::read_text;
use crate::{Moment, Post, Setup, StartError, Traffic, Update, asked_to_stop, log, metrics};

/// The demo. A clone is another handle to the same one.
#[derive(Clone)]
pub struct Demo {
    server: Encoded,
    hub: Hub,
    streams: Streams,
    topics: Topics,
}

/// What is published: to whom comes back, what was missed of all.
#[derive(Clone, Debug)]
struct Topics {
    wall: TopicName,
    /// Of this machine alone, where there are several.
    machine: TopicName,
    traffic: TopicName,
}

type Updates = Pin<Box<dyn Stream<Item = Result<Encoded, Lagged>> + Send>>;

/// How many posts a reader can have missed and still go on where it was.
const KEPT: usize = 1_000;
/// All of them, as long as they may be.
const KEPT_BYTES: usize = 8 << 20;
/// How many posts a reader is shown who comes new.
const SHOWN: usize = 50;
/// How soon a browser comes back when its stream has ended.
const RETRY: Duration = Duration::from_secs(1);
/// How long it takes at most to close the streams when the server stops.
const DRAIN: Duration = Duration::from_secs(5);
const LAST_WORDS: Duration = Duration::from_millis(100);
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

impl Demo {
    /// A demo with an empty wall, served by this framework.
    pub fn new(framework: &'static str) -> Self {
        Self::with_hub(framework, hub().build(), Topics::of(""))
    }

    /// A demo as the [`Setup`] says, served by this framework, and what it does in the background,
    /// which is to be spawned and never ends: it tells everybody what machine and server are doing,
    /// and brings what other servers have published.
    ///
    /// # Errors
    /// When nothing is known about this kind of machine, or the log cannot be had.
    pub async fn open(
        framework: &'static str,
        setup: &Setup,
    ) -> Result<(Self, impl Future<Output = ()> + Send + use<>), StartError> {
        let (mut demo, driver) = match &setup.log {
            None => (Self::new(framework), None),
            Some(url) => {
                let (hub, driver) = log::open(hub(), url).await?;
                let host = System::host_name().unwrap_or_default();
                let topics = Topics::of(&format!(" {host} {}", process::id()));
                (Self::with_hub(framework, hub, topics), Some(driver))
            }
        };
        let max_open = setup.max_streams.unwrap_or(usize::MAX);
        demo.streams = Streams::builder().with_max_open(max_open).build();
        let sampled = demo.sample()?;
        let brought = async { future::OptionFuture::from(driver.map(Driver::run)).await };
        Ok((demo, async {
            future::join(sampled, brought).await;
        }))
    }

    fn with_hub(framework: &'static str, hub: Hub, topics: Topics) -> Self {
        let server = Update::Server { framework }.event().into();
        Self { server, hub, streams: Streams::new(), topics }
    }

    /// Tells everybody what machine and server are doing, once a second and only while somebody listens.
    fn sample(&self) -> Result<impl Future<Output = ()> + Send + use<>, StartError> {
        let demo = self.clone();
        let mut sampler = Sampler::new()?;
        Ok(async move {
            let Topics { machine, traffic, .. } = &demo.topics;
            let mut listeners = demo.hub.demand(machine.clone()).expect("the name is short");
            let mut ticks = interval(SAMPLE_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                listeners.wanted().await;
                ticks.tick().await;
                // What is lost while the log is away is soon followed by what matters more.
                let _ = demo.publish(machine, &Update::Machine(sampler.sample())).await;
                let counted = Update::Traffic(Traffic::of(&demo.streams, &demo.hub));
                let _ = demo.publish(traffic, &counted).await;
                // Nobody may ever ask for what is counted.
                metrics::recorder().run_upkeep();
            }
        })
    }

    /// The service behind `GET /events`.
    pub fn events(&self) -> SseFn<impl Fn(Parts) -> Ready<Sse<Updates>> + Clone + use<>> {
        let demo = self.clone();
        service_fn(move |parts: Parts| ready(demo.updates(last_event_id(&parts.headers))))
            .with_streams(&self.streams)
            .with_compression(Compression::new([Encoding::Zstd, Encoding::Gzip]))
    }

    /// What `GET /metrics` answers: all that is counted, as Prometheus reads it.
    pub fn metrics(&self) -> String {
        metrics::recorder().render()
    }

    /// Runs a server until the process is asked to stop and the streams are closed, which takes five
    /// seconds at most; nothing is the output then. Who asks again does not want to wait.
    pub async fn serve<S: IntoFuture>(&self, server: S) -> Option<S::Output> {
        let drained = async {
            asked_to_stop().await;
            tokio::select! {
                () = self.streams.drain(DRAIN) => {}
                () = asked_to_stop() => {}
            }
            // Other requests have time to be answered, too.
            sleep(LAST_WORDS).await;
        };
        tokio::select! {
            output = server.into_future() => Some(output),
            () = drained => None,
        }
    }

    /// Answers `POST /wall`: puts the text on the wall and returns its id, or says why not.
    pub fn post<B, C, E>(&self, body: B) -> impl Future<Output = Response<String>> + use<B, C, E>
    where
        B: Stream<Item = Result<C, E>>,
        C: Buf,
    {
        let demo = self.clone();
        async move {
            let (status, text) = match read_text(body).await {
                Ok(text) => demo.put_up(text).await,
                Err(refused) => refused.answer(),
            };
            let mut response = Response::new(text);
            *response.status_mut() = status;
            let plain = HeaderValue::from_static("text/plain; charset=utf-8");
            response.headers_mut().insert(CONTENT_TYPE, plain);
            response
        }
    }
}

impl Demo {
    /// What brings a reader up to date, and then whatever happens.
    fn updates(&self, seen: LastEventId) -> Sse<Updates> {
        // Who comes new is shown the wall as it is.
        let wall = (seen == LastEventId::Absent).then(|| Update::Wall.event().into());
        let mut updates = self.after(seen);
        let checkpoints = updates.checkpoints();
        let first = stream::iter(iter::once(self.server.clone()).chain(wall));
        let updates: Updates = Box::pin(first.map(Ok).chain(updates.telling_lag()));
        Sse::new(updates)
            .with_retry(RETRY)
            .with_keep_alive(KeepAlive::default().with_fn(checkpoints))
    }

    /// What is published after this; without it, the last posts and what is published from now on.
    fn after(&self, seen: LastEventId) -> Subscription {
        let Topics { wall, machine, traffic } = &self.topics;
        let all = [wall, machine, traffic].map(Clone::clone);
        let all = self.hub.subscribe(all).expect("three short names");
        let wall = wall.as_str();
        all.with_last_event_id(seen).with_topic_start(wall, Start::Last(SHOWN)).with_resumed()
    }

    /// Puts a text on the wall: the status, and its id or why it is not there.
    async fn put_up(&self, text: String) -> (StatusCode, String) {
        let post = Update::Post(Post { at: Moment::now(), text });
        match self.publish(&self.topics.wall, &post).await {
            Ok(id) => (StatusCode::CREATED, id.as_str().to_owned()),
            Err(error) => (StatusCode::SERVICE_UNAVAILABLE, error.to_string()),
        }
    }

    fn publish(&self, topic: &TopicName, update: &Update) -> Publish {
        self.hub.publish(topic.clone(), update.event())
    }
}

impl Topics {
    fn of(node: &str) -> Self {
        let name = |name: String| TopicName::new(name).expect("a short name");
        Self {
            wall: name("wall".to_owned()),
            machine: name(format!("machine{node}")),
            traffic: name(format!("traffic{node}")),
        }
    }
}

/// A hub on which a post is until so many newer ones are.
fn hub() -> Builder {
    // It counts for the recorder that is there when it is made.
    metrics::recorder();
    let kept = Retention::new().with_count(KEPT).with_bytes(KEPT_BYTES);
    Hub::builder().with_retention(kept.with_age(Duration::MAX))
}

#[cfg(test)]
mod tests;
