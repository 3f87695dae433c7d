//! Whether a stream goes on after a mark.

use tower_sse_hub::Mark;
use tower_sse_hub::log::Broken;

use crate::api::State;

/// Whether a stream goes on after a mark, as far as its state says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing is missing.
    Continuous,
    /// The entry of the mark is there, but is it the same? What comes first will tell.
    Unproven,
    Broken(Broken),
}

/// Whether a stream in this state goes on after this mark.
pub(crate) fn of_state(after: Mark, state: &State) -> Verdict {
    let (sequence, kept) = (after.position.first(), state.count > 0);
    if is_none_of_ours(after) || sequence > state.last {
        Verdict::Broken(Broken::Reset)
    } else if kept && sequence >= state.first {
        Verdict::Unproven
    } else if sequence == state.last && !kept || follows(after, state.first) {
        // All was removed, and nothing has come since; or it is the place before all.
        Verdict::Continuous
    } else {
        Verdict::Broken(Broken::Trimmed)
    }
}

/// Whether a stream of which this is the first message from the mark on goes on after it.
pub(crate) fn of_first(after: Mark, first: Mark) -> Verdict {
    let (sequence, position) = (after.position.first(), first.position.first());
    if is_none_of_ours(after) || sequence == position && after != first {
        Verdict::Broken(Broken::Reset)
    } else if sequence == position || follows(after, position) {
        Verdict::Continuous
    } else {
        Verdict::Broken(Broken::Trimmed)
    }
}

/// Why a message is missing that should have been the next, if this matters: somebody may have
/// removed it for good, and no more than that.
pub(crate) fn of_hole(next: u64, state: &State) -> Option<Broken> {
    (state.first > next).then_some(Broken::Trimmed)
}

/// No entry has a second number, and none is at zero.
fn is_none_of_ours(mark: Mark) -> bool {
    mark.position.second() != 0 || mark.position.first() == 0 && mark.check != 0
}

/// Whether this message comes right after a mark without a check: the place before all, or the end
/// of a stream of which all was removed. A mark with a check names an entry, which is to be seen: it
/// may be of an end that was lost, and what came in its place may have been removed as well.
fn follows(after: Mark, sequence: u64) -> bool {
    after.check == 0 && after.position.first().checked_add(1) == Some(sequence)
}

#[cfg(test)]
mod tests;
