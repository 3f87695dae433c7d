//! A hub, and a record of what was published to it: what its clients must see.

use std::pin::pin;

use conformance::oracle::Dispatched;
use tower_sse::Sse;
use tower_sse_hub::{Event, Hub, Retention, Subscription};

use crate::server::Server;

/// A hub, and a record of what was published to it.
pub(crate) struct Journal {
    pub(crate) hub: Hub,
    entries: Vec<(&'static str, Dispatched)>,
}

impl Journal {
    /// A hub that forgets nothing.
    pub(crate) fn new() -> Self {
        let all = usize::MAX;
        Self::keeping(Retention::new().with_count(all).with_bytes(all).with_total_bytes(all))
    }

    /// A hub that keeps so much.
    pub(crate) fn keeping(retention: Retention) -> Self {
        Self::of(Hub::with_retention(retention))
    }

    /// This hub, to which nothing was published.
    pub(crate) fn of(hub: Hub) -> Self {
        Self { hub, entries: Vec::new() }
    }

    /// The path to these topics; it is given a subscription that knows the last event id.
    pub(crate) fn serve<const N: usize>(
        &self,
        server: &Server,
        topics: [&'static str; N],
        answer: impl Fn(Subscription) -> Sse<Subscription> + Send + Sync + 'static,
    ) -> String {
        let hub = self.hub.clone();
        server.hub(move |asked| {
            let events = hub.subscribe(topics).expect("few and short names");
            answer(events.with_last_event_id(asked.last_event_id))
        })
    }

    /// Publishes an event, the data of which is its number.
    pub(crate) fn publish(&mut self, topic: &'static str) -> String {
        self.publish_data(topic, self.entries.len().to_string())
    }

    /// Publishes an event with this data, which must be one line.
    pub(crate) fn publish_data(&mut self, topic: &'static str, data: String) -> String {
        let before = position(self.head());
        let id = self.hub.publish_now(topic, Event::new(data.clone())).expect("it is published");
        let id = id.to_string();
        assert!(position(&id) > before, "{id} comes after {before}");
        let event = Dispatched { name: "message".to_owned(), data, id: id.clone() };
        self.entries.push((topic, event));
        id
    }

    /// Publishes to these topics in turn for as long as something else takes.
    pub(crate) async fn publish_during<F: Future>(
        &mut self,
        topics: &[&'static str],
        something: F,
    ) -> F::Output {
        let mut something = pin!(something);
        for topic in topics.iter().copied().cycle() {
            tokio::select! {
                biased;
                done = &mut something => return done,
                () = pause() => { self.publish(topic); }
            }
        }
        unreachable!("there is a topic");
    }

    /// The id of what was published last, to any topic.
    pub(crate) fn head(&self) -> String {
        self.hub.head().to_string()
    }

    /// The id of the n-th event.
    pub(crate) fn id(&self, n: usize) -> &str {
        &self.entries[n].1.id
    }

    /// Everything of these topics.
    pub(crate) fn all(&self, topics: &[&str]) -> Vec<Dispatched> {
        let entries = self.entries.iter().filter(|(topic, _)| topics.contains(topic));
        entries.map(|(_, event)| event.clone()).collect()
    }

    /// Everything of these topics that comes after an id.
    pub(crate) fn after(&self, id: impl AsRef<str>, topics: &[&str]) -> Vec<Dispatched> {
        let after = position(id);
        self.all(topics).into_iter().filter(|event| position(&event.id) > after).collect()
    }

    /// Judges what somebody has seen for whom this was due: each event once, in order, and a gap
    /// wherever something is missing.
    #[track_caller]
    pub(crate) fn check(due: &[Dispatched], seen: &[Dispatched]) {
        let (mut due, mut is_told) = (due.iter(), false);
        for event in seen {
            if event.name == "gap" {
                is_told = true;
                continue;
            }
            let missing = due.position(|due| due == event);
            let id = &event.id;
            let missing = missing.unwrap_or_else(|| panic!("it came twice or too late: {id}"));
            assert!(missing == 0 || is_told, "{missing} events are missing before {id}");
            is_told = false;
        }
    }
}

/// The stream of a subscription, as it is: no keep-alive may ask for what a wake was due for.
pub(crate) fn answer(events: Subscription) -> Sse<Subscription> {
    Sse::new(events).without_keep_alive()
}

/// The number in an id: `<tag>.<position>~<check>`, at most 128 bytes that a header and a URL can
/// carry as they are.
#[track_caller]
pub(crate) fn position(id: impl AsRef<str>) -> u64 {
    let id = id.as_ref();
    let plain =
        |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase() || b".-~".contains(&byte);
    assert!(id.len() <= 128 && id.bytes().all(plain), "an id of a hub: {id}");
    let position = id.split_once('.').and_then(|(_, rest)| rest.split_once('~'));
    let position = position.and_then(|(position, _)| position.parse().ok());
    position.unwrap_or_else(|| panic!("an id of a hub: {id}"))
}

/// Lets others go on for a moment.
async fn pause() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}
