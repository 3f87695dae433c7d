//! The one who publishes.

use std::sync::Arc;
use std::time::Duration;

use fastrand::Rng;
use tokio::sync::watch;
use tokio::time::sleep;
use tower_sse_hub::{Event, EventId, PublishError};

use crate::journal::{Journal, TOPICS};
use crate::node::Nodes;

/// About how long it is from one event to the next.
const PACE: Duration = Duration::from_millis(2);

/// How long a publisher waits before it tries the next node.
const AGAIN: Duration = Duration::from_millis(5);

pub(crate) struct Publisher {
    pub(crate) nodes: Arc<Nodes>,
    pub(crate) journal: Arc<Journal>,
    pub(crate) rng: Rng,
    /// The node it asks first.
    pub(crate) at: usize,
}

impl Publisher {
    /// Publishes the first event.
    pub(crate) async fn begin(&mut self) -> EventId {
        self.publish(TOPICS[0]).await
    }

    /// Publishes until it is told to stop, and then once more to each topic.
    pub(crate) async fn run(mut self, stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let topic = TOPICS[self.rng.usize(..TOPICS.len())];
            self.publish(topic).await;
            sleep(PACE).await;
        }
        for topic in TOPICS {
            self.publish(topic).await;
        }
        self.journal.complete();
    }

    /// Publishes the next event, again and again until the log has it.
    async fn publish(&mut self, topic: &'static str) -> EventId {
        let number = self.journal.progress().count;
        let id = loop {
            match self.try_publish(topic, number).await {
                Ok(id) => break id,
                Err(PublishError::Unavailable { .. }) => {
                    self.at = (self.at + 1) % self.nodes.count();
                    sleep(AGAIN).await;
                }
                Err(error) => panic!("{error}"),
            }
        };
        self.journal.say(topic, &id);
        id
    }

    async fn try_publish(&self, topic: &str, number: usize) -> Result<EventId, PublishError> {
        let hub = self.nodes.hub(self.at);
        let event = Event::new(number.to_string());
        hub.publish(topic, event).with_message_id(format!("message {number}")).await
    }
}
