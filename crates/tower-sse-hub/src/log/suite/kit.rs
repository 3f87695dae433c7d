//! What the cases have in common.

use std::time::Duration;

use tokio::time::timeout;
use tower_sse_codec::{Event, Text};

use crate::log::{BoxFuture, Content, Entry, Log, NewEntry, Page, ReadFrom, Tail};
use crate::{Mark, Position, TopicName};

/// How long anything may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(10);

/// How many pages of a tail may come no further while something is waited for.
const MOST_IDLE: usize = 30;

/// An event in a topic.
pub(super) fn news(data: impl Into<Text>) -> NewEntry {
    NewEntry::new(topic("news"), Content::Event(Event::new(data)), None)
}

pub(super) fn topic(name: &str) -> TopicName {
    TopicName::new(name).expect("name of a topic in the suite is short")
}

/// The future's result, if it does not take for ever.
pub(super) async fn patiently<T>(future: BoxFuture<'_, T>) -> T {
    timeout(PATIENCE, future).await.expect("log answers within 10 s")
}

/// Appends what was not there yet.
pub(super) async fn append(log: &dyn Log, entry: NewEntry) -> Mark {
    let appended = patiently(log.append(entry)).await.expect("entry is stored");
    assert!(!appended.duplicate, "entry is new");
    appended.mark
}

/// Appends so many.
pub(super) async fn fill(log: &dyn Log, count: usize) -> Vec<Mark> {
    let mut marks = Vec::new();
    for nth in 0..count {
        marks.push(append(log, news(nth.to_string())).await);
    }
    assert!(marks.is_sorted_by_key(|mark| mark.position), "positions grow: {marks:?}");
    marks
}

pub(super) async fn read(log: &dyn Log, from: ReadFrom, most: usize) -> Page {
    let page = patiently(log.read(from, most)).await.expect("log can be read");
    assert!(page.entries.len() <= most, "{} entries where {most} were asked", page.entries.len());
    check_order(&page);
    page
}

/// Reads to the head, in pages of so many.
pub(super) async fn read_on(log: &dyn Log, mut from: ReadFrom, most: usize) -> Vec<Entry> {
    let mut entries = Vec::new();
    loop {
        let page = read(log, from, most).await;
        assert_eq!(page.continuity, None, "reading {from:?} goes on");
        let has_moved = from != ReadFrom::After(page.upto);
        entries.extend(page.entries);
        if page.at_head {
            return entries;
        }
        assert!(has_moved, "page gets further, as it is not at the head");
        from = ReadFrom::After(page.upto);
    }
}

pub(super) async fn tail(log: &dyn Log, after: Mark) -> Follower {
    let tail = patiently(log.tail(after)).await.expect("log can be followed");
    Follower { tail, upto: after, entries: Vec::new(), idle: 0 }
}

/// What a tail has given.
pub(super) struct Follower {
    tail: Box<dyn Tail>,
    upto: Mark,
    pub(super) entries: Vec<Entry>,
    /// How many pages in a row have come no further.
    idle: usize,
}

impl Follower {
    /// The next page.
    pub(super) async fn next(&mut self) -> Page {
        let page = patiently(self.tail.next()).await.expect("tail goes on");
        self.idle = if page.upto == self.upto { self.idle + 1 } else { 0 };
        assert!(
            self.idle < MOST_IDLE,
            "tail gives what there is, not {MOST_IDLE} pages of nothing"
        );
        page
    }

    /// Waits until there are so many entries, and looks whether there are more.
    pub(super) async fn follow(&mut self, count: usize) -> Vec<Mark> {
        while self.entries.len() < count {
            let page = self.next().await;
            self.take(page);
        }
        marks(&self.entries)
    }

    /// Takes what is new of a page.
    pub(super) fn take(&mut self, page: Page) {
        check_order(&page);
        assert_eq!(page.continuity, None, "tail goes on after {:?}", self.upto);
        let before = self.upto.position;
        assert!(page.upto.position >= before, "tail does not go back from {before}: {page:?}");
        self.upto = page.upto;
        self.entries.extend(page.entries.into_iter().filter(|entry| entry.mark.position > before));
    }
}

pub(super) fn marks(entries: &[Entry]) -> Vec<Mark> {
    entries.iter().map(|entry| entry.mark).collect()
}

/// Marks of which the log has given none, made from one that it keeps and its newest.
pub(super) fn unknown(kept: Mark, newest: Mark) -> [Mark; 4] {
    let beyond = Position::new(newest.position.first() + 1, 0);
    let between = Position::new(kept.position.first(), kept.position.second() + 1);
    [
        Mark { check: kept.check ^ 1, ..kept },
        Mark { check: newest.check ^ 1, ..newest },
        Mark { position: beyond, ..newest },
        Mark { position: between, ..kept },
    ]
}

fn check_order(page: &Page) {
    let entries = &page.entries;
    let is_sorted = entries.is_sorted_by(|a, b| a.mark.position < b.mark.position);
    assert!(is_sorted, "entries are in order: {:?}", marks(entries));
    if let Some(last) = entries.last() {
        let upto = page.upto;
        assert!(upto.position >= last.mark.position, "{upto:?} is not before {:?}", last.mark);
        assert!(upto.position > last.mark.position || upto == last.mark, "{upto:?} has its check");
    }
}
