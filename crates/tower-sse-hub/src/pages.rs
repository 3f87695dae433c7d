//! What was read of the log for those who want more than is remembered.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::task::Waker;

use tokio::sync::Notify;
use tower_sse_codec::Encoded;

use crate::log::Broken;
use crate::sync::Mutex;
use crate::waiters::{Place, Waiters};
use crate::{Mark, Position, TopicName};

/// Pages of the log, each read once for all who want it at about the same time.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    slots: Mutex<Slots>,
    wanted: Notify,
}

#[derive(Debug, Default)]
struct Slots {
    by_mark: HashMap<Mark, Slot>,
    /// Those that were read, the oldest first.
    read: VecDeque<Mark>,
    wanted: VecDeque<Mark>,
}

#[derive(Debug, Default)]
struct Slot {
    page: Option<Arc<Page>>,
    waiters: Waiters,
}

/// What comes after a mark in the log.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) entries: Vec<PageEntry>,
    pub(crate) upto: Mark,
    pub(crate) continuity: Option<Broken>,
}

#[derive(Debug)]
pub(crate) struct PageEntry {
    pub(crate) mark: Mark,
    pub(crate) topic: TopicName,
    /// None where the topic is finished.
    pub(crate) event: Option<Encoded>,
}

/// How many pages are kept for those who come next.
const KEPT: usize = 32;

impl Pages {
    /// The page after a mark, if it was read, and still is all that there is, with the hub at `head`;
    /// else it will be, and the waker waits for it.
    pub(crate) fn after(
        &self,
        mark: Mark,
        head: Position,
        place: &mut Place,
        waker: Option<&Waker>,
    ) -> Option<Arc<Page>> {
        let mut slots = self.slots.lock();
        let Slots { by_mark, wanted, read } = &mut *slots;
        let slot = by_mark.entry(mark).or_insert_with(|| {
            wanted.push_back(mark);
            self.wanted.notify_one();
            Slot::default()
        });
        if let Some(page) = &slot.page {
            if page.upto != mark || page.upto.position >= head {
                return Some(Arc::clone(page));
            }
            // There was nothing, and now there is.
            slot.page = None;
            read.retain(|other| *other != mark);
            wanted.push_back(mark);
            self.wanted.notify_one();
        }
        let before = waker.and_then(|waker| slot.waiters.join(place, waker));
        drop(slots);
        drop(before);
        None
    }

    /// Waits for a page no more.
    pub(crate) fn leave(&self, mark: Mark, place: &mut Place) {
        let mut slots = self.slots.lock();
        let waker = slots.by_mark.get_mut(&mark).and_then(|slot| slot.waiters.leave(place));
        drop(slots);
        drop(waker);
    }

    /// The next page that somebody wants.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub(crate) async fn wanted(&self) -> Mark {
        loop {
            if let Some(mark) = self.slots.lock().wanted.pop_front() {
                return mark;
            }
            self.wanted.notified().await;
        }
    }

    /// Gives a page to those who want it.
    pub(crate) fn give(&self, after: Mark, page: Page) {
        let mut slots = self.slots.lock();
        if slots.read.len() == KEPT {
            let oldest = slots.read.pop_front();
            oldest.and_then(|oldest| slots.by_mark.remove(&oldest));
        }
        let Some(slot) = slots.by_mark.get_mut(&after) else { return };
        slot.page = Some(Arc::new(page));
        let mut woken = slot.waiters.take();
        slots.read.push_back(after);
        drop(slots);
        woken.drain().for_each(Waker::wake);
    }

    /// Has a page read again, which could not be.
    pub(crate) fn again(&self, after: Mark) {
        self.slots.lock().wanted.push_back(after);
        self.wanted.notify_one();
    }

    /// Forgets all pages: the log is another. Those who wait look again.
    pub(crate) fn clear(&self) {
        let slots = std::mem::take(&mut *self.slots.lock());
        for (_, mut slot) in slots.by_mark {
            slot.waiters.take().drain().for_each(Waker::wake);
        }
    }
}
