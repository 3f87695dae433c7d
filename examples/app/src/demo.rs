//! What is shared by everybody who looks at the page.

use std::future::{self, ready};
use std::iter;
use std::pin::Pin;
use std::time::Duration;

use bytes::Buf;
use futures_util::{Stream, StreamExt, stream};
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use tokio::time::{MissedTickBehavior, interval, sleep};
use tower_sse::{
    Encoded, EventId, KeepAlive, Lagged, LastEventId, Sse, SseFn, Streams, last_event_id,
    service_fn,
};
use tower_sse_hub::{Hub, Retention, Start, Subscription};

use crate::machine::Sampler;
use crate::post::read_text;
use crate::{Moment, Post, StartError, Traffic, Update, asked_to_stop, metrics};

/// The demo. A clone is another handle to the same one.
#[derive(Clone)]
pub struct Demo {
    server: Encoded,
    hub: Hub,
    streams: Streams,
}

type Updates = Pin<Box<dyn Stream<Item = Result<Encoded, Lagged>> + Send>>;

/// What is published: to whom comes back, what was missed of all.
const WALL: &str = "wall";
const MACHINE: &str = "machine";
const TRAFFIC: &str = "traffic";

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
        metrics::recorder();
        // A post is on the wall until so many newer ones are.
        let age = Duration::MAX;
        let kept = Retention::new().with_count(KEPT).with_bytes(KEPT_BYTES).with_age(age);
        Self {
            server: Update::Server { framework }.event().into(),
            hub: Hub::with_retention(kept),
            streams: Streams::new(),
        }
    }

    /// Lets in no more than so many streams at once. Who is refused comes back.
    pub fn with_max_streams(self, max: Option<usize>) -> Self {
        let streams = Streams::builder().with_max_open(max.unwrap_or(usize::MAX)).build();
        Self { streams, ..self }
    }

    /// Tells everybody what machine and server are doing, once a second and only while somebody listens.
    ///
    /// The future never ends: who starts the server spawns it.
    ///
    /// # Errors
    /// When nothing is known about this kind of machine.
    pub fn sample(&self) -> Result<impl Future<Output = ()> + Send + use<>, StartError> {
        let demo = self.clone();
        let mut sampler = Sampler::new()?;
        Ok(async move {
            let mut listeners = demo.hub.demand(MACHINE).expect("the name is short");
            let mut ticks = interval(SAMPLE_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                listeners.wanted().await;
                ticks.tick().await;
                demo.publish(MACHINE, &Update::Machine(sampler.sample()));
                demo.publish(TRAFFIC, &Update::Traffic(Traffic::of(&demo.streams, &demo.hub)));
                // Nobody may ever ask for what is counted.
                metrics::recorder().run_upkeep();
            }
        })
    }

    /// The service behind `GET /events`.
    pub fn events(&self) -> SseFn<impl Fn(Parts) -> future::Ready<Sse<Updates>> + Clone + use<>> {
        let demo = self.clone();
        service_fn(move |parts: Parts| ready(demo.updates(last_event_id(&parts.headers))))
            .with_streams(&self.streams)
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
            // What was written last, and what is asked now, has time to get through.
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
                Ok(text) => (StatusCode::CREATED, demo.put_up(text).as_str().to_owned()),
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
        let all = self.hub.subscribe([WALL, MACHINE, TRAFFIC]).expect("three short names");
        all.with_last_event_id(seen).with_topic_start(WALL, Start::Last(SHOWN)).with_resumed()
    }

    fn put_up(&self, text: String) -> EventId {
        self.publish(WALL, &Update::Post(Post { at: Moment::now(), text }))
    }

    fn publish(&self, topic: &str, update: &Update) -> EventId {
        let id = self.hub.publish_now(topic, update.event());
        id.expect("an update has no id and is not large, and no topic is ever finished")
    }
}

#[cfg(test)]
mod tests;
