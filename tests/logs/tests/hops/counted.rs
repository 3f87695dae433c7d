//! A log that counts what it is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tower_sse_hub::Mark;
use tower_sse_hub::log::{
    AppendError, Appended, BoxFuture, Log, LogError, NewEntry, Opened, Page, ReadFrom, Tail,
};

/// A log that counts what it is asked. A clone counts the same.
#[derive(Clone)]
pub(crate) struct Counted {
    log: Arc<dyn Log>,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    reads: AtomicUsize,
    tails: AtomicUsize,
    entries: AtomicUsize,
}

struct CountedTail {
    tail: Box<dyn Tail>,
    counts: Arc<Counts>,
}

impl Counted {
    pub(crate) fn new(log: impl Log) -> Self {
        Self { log: Arc::new(log), counts: Arc::default() }
    }

    /// How often a page was read.
    pub(crate) fn reads(&self) -> usize {
        self.counts.reads.load(Ordering::Relaxed)
    }

    /// How often following it was begun.
    pub(crate) fn tails(&self) -> usize {
        self.counts.tails.load(Ordering::Relaxed)
    }

    /// How many entries those who follow it were given.
    pub(crate) fn followed(&self) -> usize {
        self.counts.entries.load(Ordering::Relaxed)
    }
}

impl Log for Counted {
    fn open(&self) -> BoxFuture<'_, Result<Opened, LogError>> {
        self.log.open()
    }

    fn append(&self, entry: NewEntry) -> BoxFuture<'_, Result<Appended, AppendError>> {
        self.log.append(entry)
    }

    fn read(&self, from: ReadFrom, most: usize) -> BoxFuture<'_, Result<Page, LogError>> {
        self.counts.reads.fetch_add(1, Ordering::Relaxed);
        self.log.read(from, most)
    }

    fn tail(&self, after: Mark) -> BoxFuture<'_, Result<Box<dyn Tail>, LogError>> {
        self.counts.tails.fetch_add(1, Ordering::Relaxed);
        let counts = Arc::clone(&self.counts);
        Box::pin(async move {
            let tail = self.log.tail(after).await?;
            Ok(Box::new(CountedTail { tail, counts }) as _)
        })
    }
}

impl Tail for CountedTail {
    fn next(&mut self) -> BoxFuture<'_, Result<Page, LogError>> {
        Box::pin(async {
            let page = self.tail.next().await?;
            self.counts.entries.fetch_add(page.entries.len(), Ordering::Relaxed);
            Ok(page)
        })
    }
}
