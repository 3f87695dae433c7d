//! What is published and read by a log, and by hubs.

use futures_util::{Stream, StreamExt, stream};
use tower_sse_hub::log::{Content, Log, NewEntry};
use tower_sse_hub::{Encoded, Event, Hub, TopicName};

/// Where everything is published.
pub(crate) const TOPIC: &str = "news";

pub(crate) fn entry(data: String) -> NewEntry {
    let topic = TopicName::new(TOPIC).expect("it is short");
    NewEntry::new(topic, Content::Event(Event::new(data)), None)
}

/// What somebody reads who follows a log.
pub(crate) async fn follow_log(log: impl Log) -> impl Stream<Item = Vec<u8>> {
    let newest = log.open().await.expect("log can be opened").newest;
    let tail = log.tail(newest).await.expect("log can be followed");
    stream::unfold(tail, |mut tail| async {
        loop {
            let page = tail.next().await.expect("log goes on");
            assert_eq!(page.continuity, None);
            if let Some(entry) = page.entries.into_iter().next() {
                let Content::Event(event) = entry.content else { panic!("no topic is finished") };
                return Some((event.data().unwrap_or_default().into(), tail));
            }
        }
    })
}

/// What somebody reads who subscribes to a hub.
pub(crate) async fn follow_hub(log: impl Log) -> impl Stream<Item = impl AsRef<[u8]>> {
    let events = hub(log).await.subscribe([TOPIC]).expect("one topic is few");
    events.map(Encoded::into_bytes)
}

pub(crate) async fn hub(log: impl Log) -> Hub {
    let (hub, driver) = Hub::builder().open(log).await.expect("log can be read");
    tokio::spawn(driver.run());
    hub
}
