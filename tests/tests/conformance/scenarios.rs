//! What the hosts serve: each name is a scenario that a case has set up.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};

use futures_util::Stream;
use futures_util::stream::BoxStream;
use http::Request;
use http::request::Parts;
use tower::{Layer as _, Service};
use tower_sse::{Encoded, Event, Item, Lagged, LastEventId, PartsFn, Sse, SseLayer, SseService};
use tower_sse_hub::Subscription;
use tower_sse_serve::Takeovers;

/// The stream of most scenarios. It is `Send`, and no more is asked of it.
pub(crate) type Boxed<I> = BoxStream<'static, I>;

/// What such a scenario answers.
pub(crate) type Answer<I> = Sse<Boxed<I>>;

/// An event of a stream that may fail.
pub(crate) type Fallible = Result<Event, String>;

/// What is encoded already, of a stream that says when its reader is too slow.
pub(crate) type Telling = Result<Encoded, Lagged>;

/// Everything that a server serves.
#[derive(Clone, Default)]
pub(crate) struct Stage {
    pub(crate) events: Scenarios<Boxed<Fallible>>,
    pub(crate) encoded: Scenarios<Boxed<Encoded>>,
    pub(crate) telling: Scenarios<Boxed<Telling>>,
    /// A host that knows what a subscription is may look into such a stream.
    pub(crate) hub: Scenarios<Subscription>,
    /// What a host has taken over that does so.
    pub(crate) takeovers: Arc<OnceLock<Takeovers>>,
}

/// The scenarios whose streams are of one type, by name.
pub(crate) struct Scenarios<S: Stream<Item: Item>>(Arc<Mutex<HashMap<String, Scenario<S>>>>);

type Scenario<S> = Arc<dyn Fn(Asked) -> Sse<S> + Send + Sync>;

/// What a scenario is told of the request.
pub(crate) struct Asked {
    /// As the route reads it.
    pub(crate) last_event_id: LastEventId,
    /// The query; nothing when there is none.
    pub(crate) query: String,
    /// The whole head of the request.
    pub(crate) head: Parts,
}

impl<S: Stream<Item: Item> + Send + 'static> Scenarios<S> {
    /// Adds a scenario and returns its name.
    pub(crate) fn add<F>(&self, scenario: F) -> String
    where
        F: Fn(Asked) -> Sse<S> + Send + Sync + 'static,
    {
        let mut scenarios = self.0.lock().expect("nothing panics under this lock");
        let name = scenarios.len().to_string();
        scenarios.insert(name.clone(), Arc::new(scenario));
        name
    }

    /// What a native handler answers.
    pub(crate) fn answer(&self, name: &str, asked: Asked) -> Sse<S> {
        let scenarios = self.0.lock().expect("nothing panics under this lock");
        let scenario = scenarios.get(name).cloned();
        drop(scenarios);
        scenario.unwrap_or_else(|| panic!("there is no scenario {name:?}"))(asked)
    }

    /// What is mounted on the route `mount`, and, with `check_accept`, on `strict`.
    pub(crate) fn mount(
        &self,
    ) -> SseService<PartsFn<impl Fn(Parts) -> Ready<Sse<S>> + Clone + use<S>>> {
        let scenarios = self.clone();
        tower_sse::service_fn(move |parts| ready(scenarios.answer_parts(parts)))
    }

    /// What is mounted on the route `layer`.
    pub(crate) fn layer(&self) -> SseService<Self> {
        SseLayer::new().layer(self.clone())
    }

    /// What a service answers, wherever it is mounted.
    pub(crate) fn answer_parts(&self, parts: Parts) -> Sse<S> {
        let name = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        let last_event_id = tower_sse::last_event_id(&parts.headers);
        let query = parts.uri.query().unwrap_or_default().to_owned();
        self.answer(&name, Asked { last_event_id, query, head: parts })
    }
}

impl<S: Stream<Item: Item> + Send + 'static, B> Service<Request<B>> for Scenarios<S> {
    type Response = Sse<S>;
    type Error = Infallible;
    type Future = Ready<Result<Sse<S>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer_parts(request.into_parts().0)))
    }
}

impl<S: Stream<Item: Item>> Clone for Scenarios<S> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<S: Stream<Item: Item>> Default for Scenarios<S> {
    fn default() -> Self {
        Self(Arc::default())
    }
}
