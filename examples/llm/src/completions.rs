//! All completions, those that are generated now and those that can still be read.

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::http::StatusCode;
use axum::http::request::Parts;
use serde_json::Value;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};
use tower_sse_axum::{KeepAlive, Sse, Streams};
use tower_sse_hub::{Hub, LastEventId, PublishError, Retention, Start, Subscription};

use crate::answer::Answer;
use crate::asked::{Asked, MAX_TOKENS};
use crate::completion::Completion;
use crate::refusal::Refusal;

/// All completions. A clone is the same.
#[derive(Clone)]
pub(crate) struct Completions(Arc<Shared>);

struct Shared {
    /// A topic for each completion that is streamed, with the id as its name.
    hub: Hub,
    /// Those that can be read, by their ids. The hub forgets nothing of one that is in here.
    kept: Mutex<HashMap<String, Completion>>,
    running: Arc<Semaphore>,
    streams: Streams,
    token_time: Duration,
}

/// How many are generated at a time.
pub(crate) const MAX_RUNNING: usize = 32;
/// How many are generated or kept.
pub(crate) const MAX_KEPT: usize = 256;
/// For how long a completion can be read after its end.
pub(crate) const KEPT_FOR: Duration = Duration::from_secs(300);
/// How long it takes until an answer in one piece is sent that was made last.
const LAST_WORDS: Duration = Duration::from_millis(100);
/// What the longest completion takes in the hub, and a little more.
const MAX_BYTES: usize = 256 << 10;

impl Completions {
    /// No completions yet, of a model that takes this time for a token.
    pub(crate) fn new(token_time: Duration) -> Self {
        // The first token must outlive the last, and the entry in `kept`.
        let age = token_time * MAX_TOKENS as u32 + 2 * KEPT_FOR;
        let retention = Retention::new()
            .with_bytes(MAX_BYTES)
            .with_total_bytes(MAX_BYTES * MAX_KEPT)
            .with_age(age);
        Self(Arc::new(Shared {
            hub: Hub::with_retention(retention),
            kept: Mutex::default(),
            running: Arc::new(Semaphore::new(MAX_RUNNING)),
            // A `retry:` alone would make the SDKs fail; this they take for what it is.
            streams: Streams::builder().with_last_event(Refusal::stopping().event()).build(),
            token_time,
        }))
    }

    /// Generates a completion. Whoever drops the future has no need of it any more.
    pub(crate) async fn whole(&self, asked: &Asked) -> Result<Value, Refusal> {
        let _running = self.run()?;
        let completion = Completion::new(false);
        let mut answer = Answer::new(asked, self.0.token_time);
        let mut text = String::new();
        let why = loop {
            match answer.next().await {
                ControlFlow::Continue(token) => text += &token,
                ControlFlow::Break(why) => break why,
            }
        };
        Ok(completion.whole(&text, why, answer.usage()))
    }

    /// Spawns a task that generates a completion to its end, whoever listens, and gives the id to
    /// [attach](Self::attach) to.
    pub(crate) fn start(&self, asked: &Asked) -> Result<String, Refusal> {
        let running = self.run()?;
        let completion = Completion::new(asked.include_usage);
        let id = completion.id().to_owned();
        let mut kept = self.0.kept();
        if kept.len() == MAX_KEPT {
            return Err(Refusal::too_many("too many completions in the last minutes"));
        }
        kept.insert(id.clone(), completion.clone());
        drop(kept);

        let shared = Arc::clone(&self.0);
        let answer = Answer::new(asked, shared.token_time);
        tokio::spawn(async move {
            if let Err(why) = publish(&shared.hub, &completion, answer).await {
                // Its readers get what there is, and the end of the stream without a `[DONE]`.
                eprintln!("{}: {why}", completion.id());
                let _ = shared.hub.finish_now(completion.id());
            }
            drop(running);
            sleep(KEPT_FOR).await;
            shared.kept().remove(completion.id());
        });
        Ok(id)
    }

    /// The events of a completion after the last one that was seen, or all.
    pub(crate) fn attach(
        &self,
        id: &str,
        last: LastEventId,
        request: &Parts,
    ) -> Result<Sse<Subscription>, Refusal> {
        let unknown = || {
            let message = format!("no completion {id:?} is streamed, or was in the last minutes");
            Refusal::new(StatusCode::NOT_FOUND, message).with_code("completion_not_found")
        };
        let completion = self.0.kept().get(id).cloned().ok_or_else(unknown)?;
        let subscription = self.0.hub.subscribe([id]).map_err(|_| unknown())?;
        let mut events = subscription.with_start(Start::Oldest).with_last_event_id(last);
        if events.is_over() {
            return Ok(Sse::no_content());
        }
        let permit = match self.0.streams.admit(request) {
            Ok(permit) => permit,
            Err(refusal) => return Ok(Sse::refused(refusal)),
        };
        // Not the comment that is usual: OpenAI's clients take one that comes after an id for an
        // event without data, and fail. For the same reason there is no `retry:`.
        let keep_alive = KeepAlive::default().with_event(completion.nothing());
        Ok(Sse::new(events).with_keep_alive(keep_alive).with_permit(permit).finite())
    }

    /// Begins nothing new, and waits until what is generated has been read, or for so long.
    pub(crate) async fn drain(&self, budget: Duration) {
        let all = self.0.running.acquire_many(MAX_RUNNING as u32);
        // Streams are let go at the end of the budget; answers that are made in one piece are not.
        let _ = tokio::join!(self.0.streams.drain(budget), timeout(budget, all));
        sleep(LAST_WORDS).await;
    }

    fn run(&self) -> Result<OwnedSemaphorePermit, Refusal> {
        if self.0.streams.is_draining() {
            return Err(Refusal::stopping());
        }
        let running = Arc::clone(&self.0.running).try_acquire_owned();
        running.map_err(|_| Refusal::too_many("too many completions at a time"))
    }
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, HashMap<String, Completion>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn publish(
    hub: &Hub,
    completion: &Completion,
    mut answer: Answer,
) -> Result<(), PublishError> {
    let topic = completion.id();
    hub.publish_now(topic, completion.begin())?;
    let why = loop {
        match answer.next().await {
            ControlFlow::Continue(token) => hub.publish_now(topic, completion.token(&token))?,
            ControlFlow::Break(why) => break why,
        };
    };
    hub.publish_now(topic, completion.finish(why))?;
    if completion.has_usage {
        hub.publish_now(topic, completion.usage(answer.usage()))?;
    }
    hub.publish_now(topic, Completion::done())?;
    hub.finish_now(topic)?;
    Ok(())
}
