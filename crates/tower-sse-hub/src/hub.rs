//! Publish once, reach everyone.

use std::sync::Arc;

use tokio::time::Instant;
use tower_sse_codec::{Event, EventId};

use crate::demand::Demand;
use crate::error::{NotOfThisHub, PublishError, SubscribeError};
use crate::log::Content;
use crate::order::Verdict;
use crate::publish::Publish;
use crate::reader::Reader;
use crate::shared::Shared;
use crate::subscription::Subscription;
use crate::{Builder, Health, Retention, Stats, TopicName, TopicNameTooLong};

/// Topics, to which events are published, and from which any number of subscribers get them.
///
/// A clone is the same hub.
///
/// ```
/// use futures_util::StreamExt;
/// use tower_sse_hub::{Event, Hub};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let hub = Hub::new();
/// let mut events = hub.subscribe(["news"])?;
///
/// let id = hub.publish_now("news", Event::new("hello"))?;
/// assert_eq!(events.next().await.unwrap().id(), Some(id));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Hub(Arc<Shared>);

impl Hub {
    /// A hub with the usual settings, which remembers in this process only.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// The same, with this [`Retention`].
    pub fn with_retention(retention: Retention) -> Self {
        Self::builder().with_retention(retention).build()
    }

    /// What else can be chosen.
    pub fn builder() -> Builder {
        Builder::new()
    }

    pub(crate) fn from_shared(shared: Arc<Shared>) -> Self {
        Self(shared)
    }

    /// Publishes an event to a topic, as [`publish_now`](Hub::publish_now), and waits until the log
    /// has it, if there is one.
    ///
    /// With a log, it reaches the subscribers of this hub as it does those of others: through the
    /// log. See [`reached`](Hub::reached).
    ///
    /// ```
    /// use tower_sse_hub::{Event, Hub};
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let hub = Hub::new();
    /// let id = hub.publish("orders", Event::new("paid")).with_message_id("order 17 paid").await?;
    /// assert_eq!(hub.head(), id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`publish_now`](Hub::publish_now); and when the log does not take the event, or does not
    /// answer in the [time](Builder::with_publish_timeout) there is: then the error tells whether it
    /// may be stored nevertheless.
    ///
    /// # Cancel safety
    /// When the future is dropped, the event may be published or not. Nothing is before it is polled.
    pub fn publish<T>(&self, topic: T, event: Event) -> Publish
    where
        T: TryInto<TopicName>,
        T::Error: Into<TopicNameTooLong>,
    {
        Publish::new(&self.0, topic.try_into().map_err(Into::into), Content::Event(event))
    }

    /// Finishes a topic, as [`finish_now`](Hub::finish_now), and waits until the log has it, if there
    /// is one.
    ///
    /// What another hub publishes before it knows of the end is stored after it, and reaches nobody.
    ///
    /// # Errors
    /// As [`publish`](Hub::publish).
    ///
    /// # Cancel safety
    /// When the future is dropped, the topic may be finished or not.
    pub fn finish<T>(&self, topic: T) -> Publish
    where
        T: TryInto<TopicName>,
        T::Error: Into<TopicNameTooLong>,
    {
        Publish::new(&self.0, topic.try_into().map_err(Into::into), Content::End)
    }

    /// Waits until this hub has what was published under an id, here or on another that shares its
    /// log: whoever subscribes then, or reads [`head`](Hub::head), sees it.
    ///
    /// It waits without bound while the [`Driver`](crate::Driver) does not run, while the log is out
    /// of reach, and for what the log has lost.
    ///
    /// # Errors
    /// When the id is not one of this hub's log, as far as the hub remembers that.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub async fn reached(&self, id: &EventId) -> Result<(), NotOfThisHub> {
        let mut reached = self.0.reached();
        loop {
            let (mark, verdict) = self.0.store().mark(id).ok_or(NotOfThisHub)?;
            match (&mut reached, verdict) {
                (_, Verdict::Genuine) => return Ok(()),
                (Some(reached), Verdict::Unknown) => {
                    let head = *reached.borrow_and_update();
                    if head >= mark.position {
                        // It is older than what the hub can tell apart, or was never here.
                        return Ok(());
                    }
                    // The hub, which sends, outlives this.
                    reached.changed().await.map_err(|_| NotOfThisHub)?;
                }
                _ => return Err(NotOfThisHub),
            }
        }
    }

    /// Publishes an event to a topic: all who subscribe to it get it, now or when they are ready,
    /// and who comes later as long as it is kept. Gives the id that it has got.
    ///
    /// Nobody is waited for.
    ///
    /// # Errors
    /// When the name is too long, the topic is finished, the event has an id or is too large, or the
    /// hub has a log.
    pub fn publish_now<T>(&self, topic: T, event: Event) -> Result<EventId, PublishError>
    where
        T: TryInto<TopicName>,
        T::Error: Into<TopicNameTooLong>,
    {
        let topic = topic.try_into().map_err(Into::into)?;
        self.0.publish(&topic, event)
    }

    /// Finishes a topic: who subscribes to it gets what remains, and then the end of the stream.
    ///
    /// That it is finished is kept as long as an event would be; then the name is that of a new topic.
    ///
    /// # Errors
    /// When the name is too long, the topic is finished already, or the hub has a log.
    pub fn finish_now<T>(&self, topic: T) -> Result<EventId, PublishError>
    where
        T: TryInto<TopicName>,
        T::Error: Into<TopicNameTooLong>,
    {
        let topic = topic.try_into().map_err(Into::into)?;
        self.0.finish(&topic)
    }

    /// Subscribes to topics: to what is published from now on, unless the subscription is told
    /// otherwise.
    ///
    /// A topic that is named twice is one; a subscription to none ends at once. It counts as a
    /// subscriber of its topics from now on, until it is dropped.
    ///
    /// # Errors
    /// When a name is too long, or there are more topics than one subscription may have, see
    /// [`Builder::with_max_topics`].
    pub fn subscribe<I>(&self, topics: I) -> Result<Subscription, SubscribeError>
    where
        I: IntoIterator,
        I::Item: TryInto<TopicName>,
        <I::Item as TryInto<TopicName>>::Error: Into<TopicNameTooLong>,
    {
        let mut names: Vec<TopicName> = Vec::new();
        for name in topics {
            let name = name.try_into().map_err(Into::into)?;
            if names.contains(&name) {
                continue;
            }
            if names.len() == self.0.settings.max_topics {
                return Err(SubscribeError::TooManyTopics);
            }
            names.push(name);
        }
        let now = Instant::now();
        let mut store = self.0.store();
        let (topics, demanded): (Vec<_>, Vec<_>) =
            names.iter().map(|name| store.join(name, now)).unzip();
        let reader = Reader::new(topics.into_iter(), self.0.settled());
        let generation = self.0.generation();
        drop(store);
        for demanded in demanded.into_iter().flatten() {
            demanded.send_modify(|subscribers| *subscribers += 1);
        }
        Ok(Subscription::new(Arc::clone(&self.0), reader, generation))
    }

    /// The id of what was published last, to any topic. Who takes it, then a snapshot of something of
    /// which changes are published after they are made, and then subscribes with it, misses nothing.
    ///
    /// With a log, it is what has come to this hub last. Before the first event it is an id as well.
    pub fn head(&self) -> EventId {
        let store = self.0.store();
        store.id(store.head())
    }

    /// Watches how many subscribe to a topic, so that its producer runs only when somebody listens.
    ///
    /// # Errors
    /// When the name is too long.
    pub fn demand<T>(&self, topic: T) -> Result<Demand, SubscribeError>
    where
        T: TryInto<TopicName>,
        T::Error: Into<TopicNameTooLong>,
    {
        let topic = topic.try_into().map_err(Into::into)?;
        Ok(Demand::new(self.0.store().demand(&topic)))
    }

    /// How many subscribe to a topic now.
    pub fn subscribers(&self, topic: &str) -> usize {
        self.0.store().subscribers(topic)
    }

    /// How the hub gets on with its log. Without one, all is well.
    pub fn health(&self) -> Health {
        self.0.behind.as_ref().map_or_else(Health::default, |behind| behind.condition.health())
    }

    /// What the hub has counted, and what it holds.
    pub fn stats(&self) -> Stats {
        self.0.stats()
    }
}

impl Default for Hub {
    fn default() -> Self {
        Self::new()
    }
}
