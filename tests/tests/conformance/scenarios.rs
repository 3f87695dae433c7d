//! What the hosts serve: each name is a scenario that a case has set up.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use futures_util::stream::BoxStream;
use http::Request;
use http::request::Parts;
use tower::{Layer as _, Service};
use tower_sse::{Encoded, Event, Item, Lagged, LastEventId, PartsFn, Sse, SseLayer, SseService};

/// The stream of every scenario. It is `Send`, and no more is asked of it.
pub(crate) type Boxed<I> = BoxStream<'static, I>;

/// What every scenario answers.
pub(crate) type Answer<I> = Sse<Boxed<I>>;

/// An event of a stream that may fail.
pub(crate) type Fallible = Result<Event, String>;

/// What is encoded already, of a stream that says when its reader is too slow.
pub(crate) type Telling = Result<Encoded, Lagged>;

/// Everything that a server serves.
#[derive(Clone, Default)]
pub(crate) struct Stage {
    pub(crate) events: Scenarios<Fallible>,
    pub(crate) encoded: Scenarios<Encoded>,
    pub(crate) telling: Scenarios<Telling>,
}

/// The scenarios whose streams yield one type of item, by name.
pub(crate) struct Scenarios<I: Item + 'static>(Arc<Mutex<HashMap<String, Scenario<I>>>>);

type Scenario<I> = Arc<dyn Fn(Asked) -> Answer<I> + Send + Sync>;

/// What a scenario is told of the request.
pub(crate) struct Asked {
    /// As the route reads it.
    pub(crate) last_event_id: LastEventId,
    /// The query; nothing when there is none.
    pub(crate) query: String,
    /// The whole head of the request.
    pub(crate) head: Parts,
}

impl<I: Item + Send + 'static> Scenarios<I> {
    /// Adds a scenario and returns its name.
    pub(crate) fn add<F>(&self, scenario: F) -> String
    where
        F: Fn(Asked) -> Answer<I> + Send + Sync + 'static,
    {
        let mut scenarios = self.0.lock().expect("nothing panics under this lock");
        let name = scenarios.len().to_string();
        scenarios.insert(name.clone(), Arc::new(scenario));
        name
    }

    /// What a native handler answers.
    pub(crate) fn answer(&self, name: &str, asked: Asked) -> Answer<I> {
        let scenarios = self.0.lock().expect("nothing panics under this lock");
        let scenario = scenarios.get(name).cloned();
        drop(scenarios);
        scenario.unwrap_or_else(|| panic!("there is no scenario {name:?}"))(asked)
    }

    /// What is mounted on the route `mount`, and, with `check_accept`, on `strict`.
    pub(crate) fn mount(
        &self,
    ) -> SseService<PartsFn<impl Fn(Parts) -> Ready<Answer<I>> + Clone + use<I>>> {
        let scenarios = self.clone();
        tower_sse::service_fn(move |parts| ready(scenarios.answer_parts(parts)))
    }

    /// What is mounted on the route `layer`.
    pub(crate) fn layer(&self) -> SseService<Self> {
        SseLayer::new().layer(self.clone())
    }

    /// What a service answers, wherever it is mounted.
    pub(crate) fn answer_parts(&self, parts: Parts) -> Answer<I> {
        let name = parts.uri.path().rsplit('/').next().unwrap_or_default().to_owned();
        let last_event_id = tower_sse::last_event_id(&parts.headers);
        let query = parts.uri.query().unwrap_or_default().to_owned();
        self.answer(&name, Asked { last_event_id, query, head: parts })
    }
}

impl<I: Item + Send + 'static, B> Service<Request<B>> for Scenarios<I> {
    type Response = Answer<I>;
    type Error = Infallible;
    type Future = Ready<Result<Answer<I>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        ready(Ok(self.answer_parts(request.into_parts().0)))
    }
}

impl<I: Item + 'static> Clone for Scenarios<I> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<I: Item + 'static> Default for Scenarios<I> {
    fn default() -> Self {
        Self(Arc::default())
    }
}
