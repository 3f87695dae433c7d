//! The entries of one topic that are remembered.

mod runs;

use std::collections::VecDeque;

use tokio::time::Instant;
use tower_sse_codec::{Encoded, Event, Text};

use crate::latest::{Kept, Latest};
use crate::search::count_upto;
use crate::{Mark, Position};
use runs::Runs;

/// The entries of one topic that are remembered, in their order.
#[derive(Debug, Default)]
pub(crate) struct History {
    entries: VecDeque<Entry>,
    /// How many were forgotten: the number of the oldest, when all are counted from the first.
    forgotten: u64,
    runs: Runs,
    /// What the last reader took: most often, many others want the same.
    taken: Option<Taken>,
    /// What is kept beyond the bounds, if only the newest event of a key matters.
    latest: Option<Box<Latest>>,
    bytes: usize,
    /// Whatever was forgotten is not after this.
    trimmed: Position,
    /// The store looks at it when the oldest entries go. One that has become empty may still be in
    /// its list, and must not be put there twice.
    pub(crate) is_due: bool,
}

/// One entry of a topic.
#[derive(Clone, Debug)]
struct Entry {
    position: Position,
    check: u32,
    at: Instant,
    kind: Kind,
}

/// What an entry is.
#[derive(Clone, Debug)]
enum Kind {
    /// An event of so many bytes, which lie in a run.
    Event { len: usize, key: Option<Text> },
    /// The topic is finished: nothing comes after it.
    End,
}

/// What a reader takes at once.
#[derive(Debug)]
pub(crate) struct Taken {
    pub(crate) encoded: Encoded,
    /// Where the last of these events is.
    pub(crate) last: Mark,
    /// It is here since it is the newest of its key.
    pub(crate) is_latest: bool,
    /// All readers take it that are between these two.
    after: Position,
    before: Position,
}

/// What an entry takes beside its bytes: its place here, and the end of the event in its run.
pub(crate) const OVERHEAD: usize = size_of::<Entry>() + 8;

impl History {
    /// A history of which everything up to `trimmed` is forgotten.
    pub(crate) fn after_trim(trimmed: Position) -> Self {
        Self { trimmed, ..Self::default() }
    }

    /// Adds an event with its id, which must come after all other entries.
    pub(crate) fn push(&mut self, mark: Mark, at: Instant, event: &Event, key: Option<Text>) {
        let len = event.encoded_len();
        self.runs.push(event, len, self.bytes);
        self.add(mark, at, Kind::Event { len, key });
    }

    /// Adds an event of which only the newest of its key matters: up to so many keys outlive the
    /// bounds.
    pub(crate) fn push_latest(
        &mut self,
        mark: Mark,
        at: Instant,
        event: &Event,
        key: Text,
        cap: usize,
    ) {
        let trimmed = self.trimmed;
        let latest = self.latest.get_or_insert_with(|| Latest::new(cap, trimmed).into());
        latest.note(&key, mark.position);
        self.taken = None;
        self.push(mark, at, event, Some(key));
    }

    /// Adds the end of the topic.
    pub(crate) fn push_end(&mut self, mark: Mark, at: Instant) {
        self.add(mark, at, Kind::End);
    }

    fn add(&mut self, mark: Mark, at: Instant, kind: Kind) {
        let entry = Entry { position: mark.position, check: mark.check, at, kind };
        let is_after = |last: &Entry| last.position < entry.position;
        debug_assert!(self.entries.back().is_none_or(is_after));
        self.bytes += entry.size();
        self.entries.push_back(entry);
    }

    /// Forgets the oldest entry, unless it is the newest of its key.
    pub(crate) fn trim(&mut self) {
        let Some(entry) = self.entries.front() else { return };
        let Kind::Event { key, .. } = &entry.kind else { return self.pop() };
        let (mark, at, key) = (entry.mark(), entry.at, key.clone());
        let Some(latest) = &self.latest else { return self.pop() };
        match key {
            Some(key) if latest.is_newest(&key, mark.position) => {
                // A copy: it must not keep the whole run from being forgotten.
                let encoded = self.runs.take(self.number(0)..self.number(1)).detached();
                let kept = Kept { mark, at, key, encoded };
                self.latest.as_mut().expect("it was there").keep(kept);
            }
            Some(_) => {}
            None => self.latest.as_mut().expect("it was there").lose(mark.position),
        }
        self.pop();
    }

    /// Forgets the oldest of all that is remembered.
    pub(crate) fn forget_oldest(&mut self) {
        let Some(latest) = &mut self.latest else { return self.pop() };
        if latest.forget_oldest() {
            // It may be what was taken last.
            self.taken = None;
        } else {
            if let Some(entry) = self.entries.front() {
                match &entry.kind {
                    // There is a newer one.
                    Kind::Event { key: Some(key), .. }
                        if !latest.is_newest(key, entry.position) => {}
                    Kind::Event { key: Some(key), .. } => {
                        latest.lose(entry.position);
                        latest.forget(key, entry.position);
                    }
                    _ => latest.lose(entry.position),
                }
            }
            self.pop();
        }
    }

    fn pop(&mut self) {
        let Some(entry) = self.entries.pop_front() else { return };
        self.bytes -= entry.size();
        self.trimmed = entry.position;
        self.forgotten += 1;
        if self.taken.as_ref().is_some_and(|taken| taken.before <= entry.position) {
            self.taken = None;
        }
        self.runs.forget(self.forgotten);
        if self.entries.is_empty() {
            // All room is given back.
            self.entries = VecDeque::new();
            self.runs.clear(self.forgotten);
        }
    }

    /// Looks for the next events after a position that are ready and not after `bound`: as many as lie
    /// together. If there are any, they are [what is taken](History::taken). With `latest`, the newest
    /// of their keys are among them.
    #[inline]
    pub(crate) fn next(&mut self, after: Position, bound: Position, latest: bool) -> bool {
        // Most often, others have taken the same.
        self.shared(after).is_some_and(|taken| taken.last.position <= bound)
            || self.take_next(after, bound, latest)
    }

    fn take_next(&mut self, after: Position, bound: Position, latest: bool) -> bool {
        let found = self.find(after, bound, latest);
        let is_some = found.is_some();
        if is_some {
            self.taken = found;
        }
        is_some
    }

    /// What was found last, if it is all that comes after a position, for whoever wants everything.
    #[inline]
    pub(crate) fn at_hand(&self, after: Position) -> Option<&Taken> {
        let taken = self.shared(after)?;
        let is_all = self.entries.back().is_some_and(|last| last.position == taken.last.position);
        is_all.then_some(taken)
    }

    /// What was found last, if it is what comes after a position, for whoever wants everything.
    #[inline]
    fn shared(&self, after: Position) -> Option<&Taken> {
        let is_next = |taken: &&Taken| taken.after <= after && after < taken.before;
        self.taken.as_ref().filter(is_next).filter(|_| self.latest.is_none())
    }

    /// What was found last.
    #[inline]
    pub(crate) fn taken(&self) -> Option<&Taken> {
        self.taken.as_ref()
    }

    fn find(&mut self, after: Position, bound: Position, latest: bool) -> Option<Taken> {
        if let Some(kept) = self.kept(latest).and_then(|kept| kept.after(after)) {
            let (encoded, last) = (kept.encoded.clone(), kept.mark);
            let taken = Taken { encoded, last, is_latest: true, after, before: after };
            return (last.position <= bound).then_some(taken);
        }
        let start = self.after(after);
        let entry = self.entries.get(start)?;
        if entry.position > bound || matches!(entry.kind, Kind::End) {
            return None;
        }
        let before = entry.position;
        let first = self.number(start);
        let end = self.runs.end(first);
        let end = match self.entries[self.index(end) - 1].position {
            last if last <= bound => end,
            _ => self.number(self.after(bound)),
        };
        let last = self.entries[self.index(end) - 1].mark();
        let encoded = self.runs.take(first..end);
        let after = start.checked_sub(1).map_or(self.trimmed, |seen| self.entries[seen].position);
        Some(Taken { encoded, last, is_latest: false, after, before })
    }

    /// When what comes next after a position was published.
    #[cfg(feature = "metrics")]
    pub(crate) fn published(&self, after: Position, latest: bool) -> Option<Instant> {
        let kept = self.kept(latest).and_then(|kept| kept.after(after));
        kept.map(|kept| kept.at).or_else(|| Some(self.entries.get(self.after(after))?.at))
    }

    /// Where the next entry after a position is.
    pub(crate) fn next_position(&self, after: Position, latest: bool) -> Option<Position> {
        let kept = self.kept(latest).and_then(|kept| kept.after(after));
        kept.map(|kept| kept.mark.position)
            .or_else(|| self.entries.get(self.after(after)).map(|entry| entry.position))
    }

    /// Whether there is no entry after a position.
    #[inline]
    pub(crate) fn is_seen(&self, position: Position, latest: bool) -> bool {
        self.entries.back().is_none_or(|last| last.position <= position)
            && self.kept(latest).is_none_or(|kept| kept.after(position).is_none())
    }

    /// How many entries there are after a position.
    pub(crate) fn count(&self, after: Position, latest: bool) -> usize {
        let kept = self.kept(latest).map_or(0, |kept| kept.count(after));
        kept + self.entries.len() - self.after(after)
    }

    fn kept(&self, latest: bool) -> Option<&Latest> {
        if latest { self.latest.as_deref() } else { None }
    }

    /// The index of the first entry after a position: found in logarithmic time.
    fn after(&self, position: Position) -> usize {
        // Most readers have seen all, or all but the newest.
        let is_seen = |entry: &Entry| entry.position <= position;
        match self.entries.len() {
            len if self.entries.back().is_none_or(is_seen) => len,
            len if len > 1 && is_seen(&self.entries[len - 2]) => len - 1,
            len => count_upto(len, position, |i| self.entries[i].position),
        }
    }

    /// The number of an entry, when all are counted from the first.
    fn number(&self, index: usize) -> u64 {
        self.forgotten + index as u64
    }

    fn index(&self, number: u64) -> usize {
        (number - self.forgotten) as usize
    }

    /// Where the oldest of all that is remembered is, and since when.
    pub(crate) fn oldest(&self) -> Option<(Position, Instant)> {
        let kept = self.kept(true).and_then(Latest::oldest);
        let kept = kept.map(|kept| (kept.mark.position, kept.at));
        kept.or_else(|| self.entries.front().map(|entry| (entry.position, entry.at)))
    }

    /// Where the last n events are.
    pub(crate) fn last(&self, n: usize) -> impl Iterator<Item = Position> {
        let end = self.entries.len() - usize::from(self.end().is_some());
        self.entries.range(end.saturating_sub(n)..end).map(|entry| entry.position)
    }

    /// Where the topic was finished, if it was.
    pub(crate) fn end(&self) -> Option<Position> {
        let last = self.entries.back()?;
        matches!(last.kind, Kind::End).then_some(last.position)
    }

    /// How many entries are within the bounds.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// How many bytes these take.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many bytes everything takes.
    pub(crate) fn total_bytes(&self) -> usize {
        self.bytes + self.kept(true).map_or(0, Latest::bytes)
    }

    /// Whatever is not here any more is not after this.
    pub(crate) fn trimmed(&self) -> Position {
        self.trimmed
    }

    /// Whatever is not here any more is not after this, unless, with `latest`, a newer one of its key
    /// is here.
    #[inline]
    pub(crate) fn lost(&self, latest: bool) -> Position {
        self.kept(latest).map_or(self.trimmed, Latest::lost)
    }
}

impl Entry {
    fn mark(&self) -> Mark {
        Mark { position: self.position, check: self.check }
    }

    /// How much memory it takes, in bytes.
    fn size(&self) -> usize {
        match &self.kind {
            Kind::Event { len, key } => OVERHEAD + len + key.as_ref().map_or(0, |key| key.len()),
            Kind::End => OVERHEAD,
        }
    }
}

#[cfg(test)]
mod tests;
