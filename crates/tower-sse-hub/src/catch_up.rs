//! Reading from the log what is no longer remembered.

use std::sync::Arc;
use std::task::Waker;

use tower_sse_codec::Encoded;

use crate::log::Broken;
use crate::pages::{Page, Pages};
use crate::reader::Reader;
use crate::waiters::Place;
use crate::{GapReason, Mark, Position};

/// A reader that goes through the log, page by page, until it comes to what is remembered.
#[derive(Debug)]
pub(crate) struct CatchUp {
    /// Where the page begins.
    after: Mark,
    place: Place,
    page: Option<Arc<Page>>,
    /// How many entries of the page were looked at.
    looked: usize,
    /// How many in all.
    in_all: usize,
    /// How many events were given out.
    pub(crate) given: usize,
    /// The client has come back: it may want to know that nothing is missing.
    pub(crate) is_resuming: bool,
}

/// A place in the log where the hub is not yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ahead {
    pub(crate) at: Mark,
    pub(crate) session: u64,
}

/// What comes of a step.
pub(crate) enum Step {
    Event(Encoded),
    /// The page is still to be read.
    Wait,
    /// What comes next is remembered.
    Done,
    Gap(GapReason),
}

impl CatchUp {
    pub(crate) fn new(after: Mark, is_resuming: bool) -> Self {
        let (place, page) = (Place::default(), None);
        Self { after, place, page, looked: 0, in_all: 0, given: 0, is_resuming }
    }

    /// Goes on, to look at `most` entries in all. The hub is at `head`.
    pub(crate) fn step(
        &mut self,
        pages: &Pages,
        reader: &mut Reader,
        head: Position,
        most: usize,
        waker: Option<&Waker>,
    ) -> Step {
        loop {
            if self.page.is_none() {
                self.page = pages.after(self.after, head, &mut self.place, waker);
                self.looked = 0;
            }
            let Some(page) = &self.page else { return Step::Wait };
            match page.continuity {
                None => {}
                Some(Broken::Trimmed) => return Step::Gap(GapReason::Trimmed),
                Some(Broken::Reset) => return Step::Gap(GapReason::Reset),
            }
            while let Some(entry) = page.entries.get(self.looked) {
                self.looked += 1;
                self.in_all += 1;
                if !reader.wants(&entry.topic, entry.mark.position) {
                    continue;
                }
                let Some(event) = entry.event.clone() else {
                    reader.finish(&entry.topic);
                    continue;
                };
                reader.seek(entry.mark);
                self.given += 1;
                return Step::Event(event);
            }
            if page.upto.position > reader.at().position {
                reader.seek(page.upto);
            }
            if !reader.misses_any() {
                return Step::Done;
            }
            if page.upto == self.after {
                // The hub has seen more than the log has.
                return Step::Gap(GapReason::Trimmed);
            }
            if self.in_all > most {
                return Step::Gap(GapReason::TooOld);
            }
            self.after = page.upto;
            self.place = Place::default();
            self.page = None;
        }
    }

    /// The last place of the page, if the hub was not there before the page was read, and in which
    /// session it was read.
    pub(crate) fn ahead(&self, at: Mark) -> Option<Ahead> {
        let page = self.page.as_ref().filter(|page| at.position > page.known)?;
        Some(Ahead { at, session: page.session })
    }

    /// Waits no more.
    pub(crate) fn leave(&mut self, pages: &Pages) {
        if self.page.is_none() {
            pages.leave(self.after, &mut self.place);
        }
    }
}
