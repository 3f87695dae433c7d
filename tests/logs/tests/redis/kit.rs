//! What the tests have in common.

use std::error::Error;
use std::time::Duration;

use tokio::time::{Instant, timeout};
use tower_sse_hub::log::{
    AppendError, Appended, Broken, Content, Entry, Log, LogError, NewEntry, Page, ReadFrom, Tail,
};
use tower_sse_hub::{Event, Mark, TopicName};

/// How long anything may take.
pub(crate) const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) fn news(data: &str) -> NewEntry {
    let topic = TopicName::new("news").expect("it is short");
    NewEntry::new(topic, Content::Event(Event::new(data)), None)
}

pub(crate) fn with_id(data: &str, message_id: &str) -> NewEntry {
    let mut entry = news(data);
    entry.message_id = Some(message_id.into());
    entry
}

pub(crate) async fn patiently<T>(future: impl Future<Output = T>) -> T {
    timeout(PATIENCE, future).await.expect("it takes less than 10 s")
}

pub(crate) async fn send(log: &impl Log, entry: NewEntry) -> Result<Appended, AppendError> {
    patiently(log.append(entry)).await
}

/// Appends these.
pub(crate) async fn fill(log: &impl Log, all: &[&str]) -> Vec<Mark> {
    let mut marks = Vec::new();
    for data in all {
        marks.push(send(log, news(data)).await.expect("it is stored").mark);
    }
    marks
}

pub(crate) async fn after(log: &impl Log, mark: Mark) -> Page {
    patiently(log.read(ReadFrom::After(mark), 1000)).await.expect("log can be read")
}

pub(crate) async fn tail(log: &impl Log, mark: Mark) -> Box<dyn Tail> {
    patiently(log.tail(mark)).await.expect("log can be followed")
}

/// Pages until there are so many entries, or it breaks.
pub(crate) async fn follow(
    tail: &mut dyn Tail,
    entries: usize,
) -> Result<(Vec<Entry>, Option<Broken>), LogError> {
    let mut all = Vec::new();
    let start = Instant::now();
    while all.len() < entries {
        assert!(start.elapsed() < PATIENCE, "{} of {entries} entries came", all.len());
        let page = patiently(tail.next()).await?;
        if page.continuity.is_some() {
            return Ok((all, page.continuity));
        }
        all.extend(page.entries);
    }
    Ok((all, None))
}

pub(crate) fn data(entries: &[Entry]) -> Vec<&str> {
    let data = |entry| match entry {
        &Entry { content: Content::Event(ref event), .. } => event.data(),
        _ => None,
    };
    entries.iter().filter_map(data).collect()
}

/// All that an error says.
pub(crate) fn whole(error: &dyn Error) -> String {
    let mut whole = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        whole = format!("{whole}: {cause}");
        next = cause.source();
    }
    whole
}
