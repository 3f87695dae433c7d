//! How a log in memory fails.

use super::MemoryLog;
use super::state::State;
use crate::Mark;
use crate::log::{AppendError, LogError};

/// How a [`MemoryLog`] is out of order: see [`MemoryLog::set_outage`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outage {
    /// Everything fails, and may be better the next time. Nothing is stored.
    Unreachable,
    /// Everything fails, and will not be better by itself. Entries are refused.
    Fatal,
    /// Nothing ends, until the outage does. Nothing is stored before that.
    Hanging,
}

/// How an append to a [`MemoryLog`] fails: see [`MemoryLog::fail_next_append`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AppendFault {
    /// The entry is not stored, and the log refuses it.
    Refused,
    /// The entry is not stored, and this is known.
    NotSent,
    /// The entry is not stored, but may be for all that is known.
    EntryLost,
    /// The entry is stored, but only may be for all that is known.
    AnswerLost,
    /// The entry is stored, and the future never ends.
    NoAnswer,
}

/// # Faults
///
/// What the log is told here holds for all of its clones, and from now on.
impl MemoryLog {
    /// Sets how the log is out of order; `None` ends it.
    ///
    /// An outage in which things fail breaks all tails for good; tails that hang go on afterwards.
    pub fn set_outage(&self, outage: impl Into<Option<Outage>>) {
        let outage = outage.into();
        self.change(|state| {
            state.breaks += u64::from(matches!(outage, Some(Outage::Unreachable | Outage::Fatal)));
            state.outage = outage;
        });
    }

    /// Fails the next append; when it is called again before that, the one after it, and so on.
    pub fn fail_next_append(&self, fault: AppendFault) {
        self.change(|state| state.append_faults.push_back(fault));
    }

    /// Breaks the tails there are, as a lost connection does. New ones can be had at once.
    pub fn break_tails(&self) {
        self.change(|state| state.breaks += 1);
    }

    /// Sets how many entries a page holds at most, at least one, however many are asked for.
    pub fn set_max_page(&self, entries: usize) {
        self.change(|state| state.max_page = entries.max(1));
    }

    /// Sets how many entries from before its mark a tail puts first into each page.
    pub fn set_repeats(&self, entries: usize) {
        self.change(|state| state.repeats = entries);
    }

    /// Trims so many of the oldest entries.
    pub fn trim(&self, entries: usize) {
        self.change(|state| state.trim(entries));
    }

    /// Loses so many of the newest entries, as a replica does that takes over too early. Their
    /// positions are then given again, with other checks; their message ids are forgotten.
    ///
    /// A tail that has come further says [`Reset`](crate::log::Broken::Reset) in its next page.
    pub fn lose(&self, entries: usize) {
        self.change(|state| state.lose(entries));
    }

    /// Begins anew, as a log does that was deleted: empty, with another tag, and positions from 1.
    ///
    /// Tails say [`Reset`](crate::log::Broken::Reset) in their next page.
    pub fn begin_anew(&self) {
        self.change(State::begin_anew);
    }

    /// Adds an entry of somebody else, which is skipped and counted.
    pub fn append_foreign(&self) -> Mark {
        self.change(State::append_foreign)
    }
}

impl AppendFault {
    /// Why nothing is stored, if so.
    pub(super) fn before(self) -> Option<AppendError> {
        match self {
            Self::Refused => Some(AppendError::refused("refused on demand")),
            Self::NotSent => Some(AppendError::unavailable(false, "not sent")),
            Self::EntryLost => Some(AppendError::unavailable(true, "entry was lost")),
            Self::AnswerLost | Self::NoAnswer => None,
        }
    }
}

impl From<Outage> for LogError {
    fn from(outage: Outage) -> Self {
        match outage {
            Outage::Fatal => Self::fatal(FATAL),
            Outage::Unreachable | Outage::Hanging => Self::transient(UNREACHABLE),
        }
    }
}

impl From<Outage> for AppendError {
    fn from(outage: Outage) -> Self {
        match outage {
            Outage::Fatal => Self::refused(FATAL),
            Outage::Unreachable | Outage::Hanging => Self::unavailable(false, UNREACHABLE),
        }
    }
}

const UNREACHABLE: &str = "memory log is out of reach";

const FATAL: &str = "memory log is out of order";
