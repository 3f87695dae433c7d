//! Publishing with a log.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;

use tokio::time::timeout;
use tower_sse_codec::{EventId, Text};

use crate::error::PublishError;
use crate::log::{Appended, Content, NewEntry};
use crate::shared::Shared;
use crate::{TopicName, TopicNameTooLong};

/// An event to be published, or a topic to be finished: see [`Hub::publish`](crate::Hub::publish).
#[must_use = "nothing is published until it is awaited"]
pub struct Publish {
    hub: Arc<Shared>,
    topic: Result<TopicName, TopicNameTooLong>,
    content: Content,
    message_id: Option<Text>,
}

impl Publish {
    pub(crate) fn new(
        hub: &Arc<Shared>,
        topic: Result<TopicName, TopicNameTooLong>,
        content: Content,
    ) -> Self {
        Self { hub: Arc::clone(hub), topic, content, message_id: None }
    }

    /// Sets a message id: what is published again with the same one, within the time for which the
    /// log remembers it, is not stored again, and has the id of the first. The topic does not matter.
    ///
    /// Without a log there is no need to publish anything again, and it is not looked at.
    pub fn with_message_id(mut self, id: impl Into<Text>) -> Self {
        self.message_id = Some(id.into());
        self
    }

    async fn run(self) -> Result<EventId, PublishError> {
        let Self { hub, topic, content, message_id } = self;
        let topic = topic?;
        let Some(behind) = &hub.behind else {
            return match content {
                Content::Event(event) => hub.publish(&topic, event),
                Content::End => hub.finish(&topic),
            };
        };
        hub.check(&topic, &content)?;
        let entry = NewEntry::new(topic, content, message_id);
        let appended = timeout(hub.settings.publish_timeout, behind.log.append(entry)).await;
        let Ok(appended) = appended else {
            let cause = Text::from_static("it took too long");
            return Err(PublishError::Unavailable { maybe_stored: true, cause });
        };
        let Appended { mark, .. } = appended?;
        Ok(hub.id(mark))
    }
}

impl IntoFuture for Publish {
    type Output = Result<EventId, PublishError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

impl std::fmt::Debug for Publish {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Publish").field("topic", &self.topic).finish_non_exhaustive()
    }
}
