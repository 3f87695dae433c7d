//! How a hub knows that an id is one of its own.

use std::collections::VecDeque;
use std::hash::{BuildHasher, RandomState};

use crate::search::count_upto;
use crate::{Mark, Position};

/// How a hub knows that a mark is one of its own, in constant time.
#[derive(Debug)]
pub(crate) enum Order {
    /// It makes them itself, with checks that nobody can make who does not know the key.
    Own(RandomState),
    /// The log makes them: these are the last.
    Log(VecDeque<Mark>),
}

/// Whether a mark is one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Genuine,
    /// It is not, or not any more.
    Reset,
    /// Only the log can tell.
    Unknown,
}

/// How many marks of a log are kept.
const MARKS: usize = 16 << 10;

impl Order {
    /// A position with its check, if it is ours to give.
    pub(crate) fn give(&self, position: Position) -> Option<Mark> {
        match self {
            Self::Own(key) => Some(Mark { position, check: key.hash_one(position) as u32 }),
            Self::Log(_) => None,
        }
    }

    /// Notes what the log has given.
    pub(crate) fn note(&mut self, mark: Mark) {
        if let Self::Log(marks) = self {
            if marks.len() == MARKS {
                marks.pop_front();
            }
            marks.push_back(mark);
        }
    }

    pub(crate) fn verdict(&self, mark: Mark, head: Mark) -> Verdict {
        match self {
            Self::Own(_) => {
                let is_ours =
                    mark.position <= head.position && self.give(mark.position) == Some(mark);
                if is_ours { Verdict::Genuine } else { Verdict::Reset }
            }
            Self::Log(marks) => {
                let first = marks.front().map_or(head.position, |first| first.position);
                if mark == head {
                    Verdict::Genuine
                } else if mark.position < first || mark.position > head.position {
                    // Another hub may be further than this one.
                    Verdict::Unknown
                } else {
                    let upto = count_upto(marks.len(), mark.position, |i| marks[i].position);
                    match upto.checked_sub(1).and_then(|last| marks.get(last)) {
                        Some(other) if *other == mark => Verdict::Genuine,
                        Some(other) if other.position == mark.position => Verdict::Reset,
                        // What was skipped here may have been given by another hub.
                        _ => Verdict::Unknown,
                    }
                }
            }
        }
    }
}
