//! What the tests have in common.

use std::error::Error;
use std::time::Duration;

use logs::{Engine, NatsServer};
use tokio::time::{Instant, timeout};
use tower_sse_hub::log::{
    AppendError, Appended, Content, Log, LogError, NewEntry, Opened, Page, ReadFrom, Tail,
};
use tower_sse_hub::{Event, Mark, TopicName};
use tower_sse_nats::{NatsLog, StreamName};

/// How long anything may take, whatever the server does.
pub(crate) const BOUND: Duration = Duration::from_secs(5);

pub(crate) fn news(data: &str) -> NewEntry {
    let topic = TopicName::new("news").expect("it is short");
    NewEntry::new(topic, Content::Event(Event::new(data)), None)
}

pub(crate) fn name(name: &str) -> StreamName {
    StreamName::new(name).expect("name of a stream in a test is plain")
}

/// A log that nobody has made larger than it is.
pub(crate) fn log(server: &NatsServer) -> NatsLog {
    server.log("log")
}

pub(crate) async fn open(log: &NatsLog) -> Result<Opened, LogError> {
    timeout(BOUND, log.open()).await.expect("opening takes no longer")
}

pub(crate) async fn append(log: &NatsLog, entry: NewEntry) -> Result<Appended, AppendError> {
    timeout(BOUND, log.append(entry)).await.expect("appending takes no longer")
}

pub(crate) async fn read(log: &NatsLog, from: ReadFrom) -> Result<Page, LogError> {
    timeout(BOUND, log.read(from, 1000)).await.expect("reading takes no longer")
}

pub(crate) async fn tail(log: &NatsLog, after: Mark) -> Box<dyn Tail> {
    let tail = timeout(BOUND, log.tail(after)).await.expect("following takes no longer");
    tail.expect("log can be followed")
}

pub(crate) async fn next(tail: &mut Box<dyn Tail>) -> Result<Page, LogError> {
    timeout(BOUND, tail.next()).await.expect("a tail gives no sign of life for long")
}

/// Appends so many.
pub(crate) async fn fill(log: &NatsLog, count: usize) -> Vec<Mark> {
    let mut marks = Vec::new();
    for nth in 0..count {
        let appended = append(log, news(&nth.to_string())).await.expect("entry is stored");
        marks.push(appended.mark);
    }
    marks
}

/// The first page of a tail that has something, or a break.
pub(crate) async fn next_news(tail: &mut Box<dyn Tail>) -> Page {
    loop {
        let page = next(tail).await.expect("tail goes on");
        if !page.entries.is_empty() || page.continuity.is_some() {
            return page;
        }
    }
}

/// Follows until it breaks, and gives what came and how long it took.
pub(crate) async fn follow_to_the_break(tail: &mut Box<dyn Tail>) -> (Vec<Mark>, Duration) {
    let start = Instant::now();
    let mut marks = Vec::new();
    loop {
        match next(tail).await {
            Ok(page) => marks.extend(self::marks(&page)),
            Err(error) => {
                assert!(!error.is_fatal(), "a break is no fault of anybody: {error:?}");
                return (marks, start.elapsed());
            }
        }
    }
}

/// Opens it again and again, until it can be.
pub(crate) async fn reopen(log: &NatsLog) -> (Opened, Duration) {
    let start = Instant::now();
    loop {
        match open(log).await {
            Ok(opened) => return (opened, start.elapsed()),
            Err(error) => assert!(!error.is_fatal(), "it will be better by itself: {error:?}"),
        }
        assert!(start.elapsed() < 3 * BOUND, "log comes back");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) fn marks(page: &Page) -> Vec<Mark> {
    page.entries.iter().map(|entry| entry.mark).collect()
}

/// It is this kind of error, and says so.
#[track_caller]
pub(crate) fn assert_says(error: &LogError, is_fatal: bool, words: &str) {
    assert_eq!(error.is_fatal(), is_fatal, "{error:?}");
    let source = error.source().expect("it has a cause").to_string();
    assert!(source.contains(words), "{source:?} has {words:?}");
}
