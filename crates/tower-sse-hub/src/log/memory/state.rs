//! What a log in memory holds, without waiting.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use super::fault::{AppendFault, Outage};
use super::message_ids::MessageIds;
use crate::log::{AppendError, Appended, Broken, Content, Entry, NewEntry, Opened, Page, ReadFrom};
use crate::{Mark, Position};

/// What a log in memory holds.
pub(super) struct State {
    tag: String,
    /// How often it began anew.
    pub(super) life: u64,
    /// The last one that was trimmed.
    trimmed: Mark,
    /// Those after it: their positions have no holes.
    entries: VecDeque<Stored>,
    count: usize,
    pub(super) max_event: usize,
    pub(super) heartbeat: Duration,
    pub(super) ids: MessageIds,
    pub(super) reads: u64,
    pub(super) outage: Option<Outage>,
    pub(super) append_faults: VecDeque<AppendFault>,
    /// How often all tails were broken.
    pub(super) breaks: u64,
    pub(super) max_page: usize,
    pub(super) repeats: usize,
}

enum Stored {
    Entry(Entry),
    /// Nobody here can read it.
    Foreign(Mark),
}

const COUNT: usize = 10_000;

const MAX_EVENT: usize = 1 << 20;

/// What a tail gives at once.
const TAIL_PAGE: usize = 512;

const TAG_LEN: usize = 6;

impl State {
    pub(super) fn new() -> Self {
        Self {
            tag: random_tag(),
            life: 0,
            trimmed: Mark::default(),
            entries: VecDeque::new(),
            count: COUNT,
            max_event: MAX_EVENT,
            heartbeat: Duration::from_secs(1),
            ids: MessageIds::new(),
            reads: 0,
            outage: None,
            append_faults: VecDeque::new(),
            breaks: 0,
            max_page: usize::MAX,
            repeats: 0,
        }
    }

    pub(super) fn opened(&self) -> Opened {
        Opened {
            tag: self.tag.clone(),
            oldest: self.entries.front().map(Stored::mark),
            newest: self.newest(),
            warnings: Vec::new(),
        }
    }

    pub(super) fn append(&mut self, entry: NewEntry) -> Result<Appended, AppendError> {
        let NewEntry { topic, content, message_id } = entry;
        if matches!(&content, Content::Event(event) if event.encoded_len() > self.max_event) {
            return Err(AppendError::too_large());
        }
        let now = Instant::now();
        if let Some(mark) = message_id.as_ref().and_then(|id| self.ids.known(id, now)) {
            return Ok(Appended { mark, duplicate: true });
        }
        let mark = self.next();
        if let Some(id) = message_id {
            self.ids.insert(id, mark, now);
        }
        let stored_at = Some(SystemTime::now());
        self.push(Stored::Entry(Entry { mark, topic, content, stored_at }));
        Ok(Appended { mark, duplicate: false })
    }

    pub(super) fn append_foreign(&mut self) -> Mark {
        let mark = self.next();
        self.push(Stored::Foreign(mark));
        mark
    }

    pub(super) fn read(&self, from: ReadFrom, most: usize) -> Page {
        let kept = self.entries.len();
        match from {
            ReadFrom::After(mark) => match self.place_after(mark) {
                Ok(start) => self.page(start, most, None),
                Err(broken) => self.page(0, most, Some(broken)),
            },
            ReadFrom::Oldest => self.page(0, most, None),
            ReadFrom::Newest => self.page(kept - most.min(kept), most, None),
        }
    }

    /// What a tail gives that has come up to here, in this life of the log.
    pub(super) fn follow(&self, after: Mark, life: u64) -> Page {
        let start = if life == self.life { self.place_after(after) } else { Err(Broken::Reset) };
        let start = match start {
            Ok(start) => start,
            Err(broken) => return self.page(0, TAIL_PAGE, Some(broken)),
        };
        let mut page = self.page(start, TAIL_PAGE, None);
        let repeated = self.entries.range(start.saturating_sub(self.repeats)..start);
        page.entries.splice(0..0, repeated.filter_map(Stored::entry).cloned());
        page
    }

    pub(super) fn set_count(&mut self, entries: usize) {
        self.count = entries.max(1);
        self.trim(self.entries.len().saturating_sub(self.count));
    }

    /// Takes the oldest ones away.
    pub(super) fn trim(&mut self, entries: usize) {
        for stored in self.entries.drain(..entries.min(self.entries.len())) {
            self.trimmed = stored.mark();
        }
    }

    /// Takes the newest ones away, as if they had never been.
    pub(super) fn lose(&mut self, entries: usize) {
        self.entries.truncate(self.entries.len().saturating_sub(entries));
        self.ids.lose_after(self.newest().position);
    }

    pub(super) fn begin_anew(&mut self) {
        self.tag = random_tag();
        self.life += 1;
        self.entries.clear();
        self.trimmed = Mark::default();
        self.ids.lose_after(Position::default());
    }

    fn newest(&self) -> Mark {
        self.entries.back().map_or(self.trimmed, Stored::mark)
    }

    fn next(&self) -> Mark {
        let position = Position::new(self.newest().position.first() + 1, 0);
        Mark { position, check: fastrand::u32(..) }
    }

    fn push(&mut self, stored: Stored) {
        self.entries.push_back(stored);
        self.trim(self.entries.len().saturating_sub(self.count));
    }

    /// Where in the entries that one is which follows this mark, if nothing is missing in between.
    fn place_after(&self, mark: Mark) -> Result<usize, Broken> {
        if mark == self.trimmed {
            return Ok(0);
        }
        if mark.position < self.trimmed.position {
            return Err(Broken::Trimmed);
        }
        let place = (mark.position.first() - self.trimmed.position.first()) as usize;
        let at = place.checked_sub(1).and_then(|at| self.entries.get(at));
        if at.is_some_and(|stored| stored.mark() == mark) { Ok(place) } else { Err(Broken::Reset) }
    }

    fn page(&self, start: usize, most: usize, continuity: Option<Broken>) -> Page {
        let upto = match start.checked_sub(1) {
            Some(before) => self.entries[before].mark(),
            None => self.trimmed,
        };
        let mut page = Page { upto, continuity, ..Page::default() };
        for stored in self.entries.range(start..).take(most.min(self.max_page)) {
            page.upto = stored.mark();
            match stored.entry() {
                Some(entry) => page.entries.push(entry.clone()),
                None => page.skipped += 1,
            }
        }
        page.at_head = page.upto == self.newest();
        page
    }
}

impl Stored {
    fn mark(&self) -> Mark {
        match self {
            Self::Entry(entry) => entry.mark,
            Self::Foreign(mark) => *mark,
        }
    }

    fn entry(&self) -> Option<&Entry> {
        match self {
            Self::Entry(entry) => Some(entry),
            Self::Foreign(_) => None,
        }
    }
}

fn random_tag() -> String {
    (0..TAG_LEN).map(|_| fastrand::digit(36)).collect()
}
