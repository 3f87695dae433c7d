//! What is shared by everybody who looks at the page.

use std::future::{Ready, ready};
use std::hash::{BuildHasher, RandomState};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Buf;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::request::Parts;
use http::{Response, StatusCode};
use tokio::sync::broadcast;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::{Stream, StreamExt, iter};
use tower_sse::{Encoded, EventId, LastEventId, Sse, SseFn, last_event_id, service_fn};

use crate::machine::Sampler;
use crate::post::read_text;
use crate::wall::Wall;
use crate::{Moment, Post, StartError, Update};

/// The demo. A clone is another handle to the same one.
#[derive(Clone)]
pub struct Demo(Arc<Shared>);

struct Shared {
    server: Encoded,
    wall: Mutex<Wall>,
    live: broadcast::Sender<Encoded>,
}

type Updates = Pin<Box<dyn Stream<Item = Encoded> + Send>>;

/// How many updates a slow reader can be behind; one that is further loses its stream, and comes
/// back with the id of the last post that it saw.
const BEHIND: usize = 256;
/// How soon a browser comes back when its stream has ended.
const RETRY: Duration = Duration::from_secs(1);
const SAMPLE_EVERY: Duration = Duration::from_secs(1);

impl Demo {
    /// A demo with an empty wall, served by this framework.
    pub fn new(framework: &'static str) -> Self {
        // Two runs must not share their ids, and a random number is the least that says so.
        let run = RandomState::new().hash_one(()) as u32;
        Self(Arc::new(Shared {
            server: Update::Server { framework, started: Moment::now() }.encode(),
            wall: Mutex::new(Wall::new(run)),
            live: broadcast::Sender::new(BEHIND),
        }))
    }

    /// Tells everybody what the machine is doing, once a second and only while somebody listens.
    ///
    /// The future never ends: who starts the server spawns it.
    ///
    /// # Errors
    /// When nothing is known about this kind of machine.
    pub fn sample(&self) -> Result<impl Future<Output = ()> + Send + use<>, StartError> {
        let Self(shared) = self.clone();
        let mut sampler = Sampler::new()?;
        Ok(async move {
            let mut ticks = interval(SAMPLE_EVERY);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                ticks.tick().await;
                if shared.live.receiver_count() > 0 {
                    let update = Update::Machine(sampler.sample()).encode();
                    // The last listener may have left since.
                    let _ = shared.live.send(update);
                }
            }
        })
    }

    /// The service behind `GET /events`.
    pub fn events(&self) -> SseFn<impl Fn(Parts) -> Ready<Sse<Updates>> + Clone + use<>> {
        let demo = self.clone();
        service_fn(move |parts: Parts| {
            let updates = demo.updates(&last_event_id(&parts.headers));
            ready(Sse::new(updates).with_retry(RETRY))
        })
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
                Ok(text) => (StatusCode::CREATED, demo.publish(text).as_str().to_owned()),
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
    fn updates(&self, seen: &LastEventId) -> Updates {
        let (missed, live) = {
            // Both under one lock, so that no post falls in between and none comes twice.
            let wall = self.wall();
            (wall.catch_up(seen), self.0.live.subscribe())
        };
        let head = iter([self.0.server.clone()]).chain(iter(missed));
        Box::pin(head.chain(BroadcastStream::new(live).map_while(Result::ok)))
    }

    fn publish(&self, text: String) -> EventId {
        let mut wall = self.wall();
        let event = wall.push(Post { at: Moment::now(), text });
        let id = event.id().cloned().expect("a post has an id");
        // Sent under the lock, so that posts arrive in order; no stream takes it when it is woken.
        let _ = self.0.live.send(event);
        id
    }

    fn wall(&self) -> MutexGuard<'_, Wall> {
        self.0.wall.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
