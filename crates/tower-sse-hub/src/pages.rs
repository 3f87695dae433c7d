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
    /// The size of all pages.
    bytes: usize,
    /// How many slots were made.
    made: u64,
}

#[derive(Debug)]
struct Slot {
    page: Option<Arc<Page>>,
    /// Whether the page is being read: then it will be there, whoever still waits for it.
    is_being_read: bool,
    waiters: Waiters,
}

/// What comes after a mark in the log.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) entries: Vec<PageEntry>,
    pub(crate) upto: Mark,
    pub(crate) continuity: Option<Broken>,
    /// Where the hub was before it was read. What comes after that may be lost, and others be in its
    /// place, when the hub gets there.
    pub(crate) known: Position,
    /// In which session it was read.
    pub(crate) session: u64,
}

#[derive(Debug)]
pub(crate) struct PageEntry {
    pub(crate) mark: Mark,
    pub(crate) topic: TopicName,
    /// None where the topic is finished.
    pub(crate) event: Option<Encoded>,
}

/// How many pages are kept for those who come next.
const KEPT: usize = 1024;

/// How many bytes of them.
const KEPT_BYTES: usize = 64 << 20;

impl Page {
    fn size(&self) -> usize {
        let size = |entry: &PageEntry| {
            size_of::<PageEntry>() + entry.event.as_ref().map_or(0, |event| event.bytes().len())
        };
        size_of::<Slot>() + self.entries.iter().map(size).sum::<usize>()
    }
}

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
        let Slots { by_mark, read, wanted, bytes, made } = &mut *slots;
        let slot = by_mark.entry(mark).or_insert_with(|| {
            wanted.push_back(mark);
            self.wanted.notify_one();
            // A place in another slot, of the same mark or not, is none in this one.
            *made += 1;
            Slot { page: None, is_being_read: false, waiters: Waiters::from_round(*made << 32) }
        });
        if let Some(page) = &slot.page {
            let is_empty = page.upto == mark && page.continuity.is_none();
            if !is_empty || mark.position >= head {
                return Some(Arc::clone(page));
            }
            // There was nothing, and now there is.
            *bytes -= page.size();
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

    /// Waits for a page no more. What nobody waits for is not read; but what is being read is kept, or
    /// those who come for a moment, again and again, would never get it.
    pub(crate) fn leave(&self, mark: Mark, place: &mut Place) {
        let mut slots = self.slots.lock();
        let Some(slot) = slots.by_mark.get_mut(&mark) else { return };
        let waker = slot.waiters.leave(place);
        if slot.page.is_none() && !slot.is_being_read && slot.waiters.is_empty() {
            slots.by_mark.remove(&mark);
        }
        drop(slots);
        drop(waker);
    }

    /// The next page that somebody wants.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    pub(crate) async fn wanted(&self) -> Mark {
        loop {
            if let Some(mark) = self.next_wanted() {
                return mark;
            }
            self.wanted.notified().await;
        }
    }

    fn next_wanted(&self) -> Option<Mark> {
        let mut slots = self.slots.lock();
        let Slots { by_mark, wanted, .. } = &mut *slots;
        loop {
            let mark = wanted.pop_front()?;
            let slot =
                by_mark.get_mut(&mark).filter(|slot| slot.page.is_none() && !slot.is_being_read);
            if let Some(slot) = slot {
                slot.is_being_read = true;
                return Some(mark);
            }
        }
    }

    /// Gives a page to those who want it.
    pub(crate) fn give(&self, after: Mark, page: Page) {
        let mut slots = self.slots.lock();
        let Slots { by_mark, read, bytes, .. } = &mut *slots;
        let Some(slot) = by_mark.get_mut(&after).filter(|slot| slot.page.is_none()) else { return };
        *bytes += page.size();
        slot.page = Some(Arc::new(page));
        slot.is_being_read = false;
        let mut woken = slot.waiters.take();
        while !read.is_empty() && (read.len() >= KEPT || *bytes > KEPT_BYTES) {
            let oldest = read.pop_front().and_then(|oldest| by_mark.remove(&oldest));
            *bytes -= oldest.and_then(|slot| slot.page).map_or(0, |page| page.size());
        }
        read.push_back(after);
        drop(slots);
        woken.drain(..).for_each(Waker::wake);
    }

    /// Has a page read again, which could not be, if somebody still waits for it.
    pub(crate) fn again(&self, after: Mark) {
        let mut slots = self.slots.lock();
        let Some(slot) = slots.by_mark.get_mut(&after) else { return };
        slot.is_being_read = false;
        if slot.page.is_none() && slot.waiters.is_empty() {
            slots.by_mark.remove(&after);
        } else {
            slots.wanted.push_back(after);
            self.wanted.notify_one();
        }
    }

    /// Has those look again who wait.
    pub(crate) fn wake(&self) {
        let mut slots = self.slots.lock();
        let mut woken: Vec<Waker> = Vec::new();
        slots.by_mark.values_mut().for_each(|slot| woken.append(&mut slot.waiters.take()));
        drop(slots);
        woken.into_iter().for_each(Waker::wake);
    }

    /// Forgets all pages: the log is another. Those who wait look again.
    pub(crate) fn clear(&self) {
        let mut slots = self.slots.lock();
        let made = slots.made;
        let slots = std::mem::replace(&mut *slots, Slots { made, ..Slots::default() });
        for (_, mut slot) in slots.by_mark {
            slot.waiters.take().drain(..).for_each(Waker::wake);
        }
    }
}

#[cfg(test)]
mod tests;
