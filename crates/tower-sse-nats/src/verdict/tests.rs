//! What is told of marks.

use tower_sse_hub::log::Broken::{Reset, Trimmed};
use tower_sse_hub::{Mark, Position};

use super::Verdict::{self, Broken, Continuous, Unproven};
use super::{of_first, of_state};
use crate::api::State;
use crate::stored::mark;

/// A stream that keeps these, or nothing of what it had up to the last.
fn state(first: u64, last: u64) -> State {
    State { count: last + 1 - first, first, last, lost: None }
}

#[test]
fn a_state_tells_what_is_out_of_reach() {
    let twisted = Mark { position: Position::new(12, 1), check: 5 };
    for (after, state, verdict) in [
        (mark(0, 0), state(1, 0), Continuous),
        (mark(0, 5), state(1, 0), Broken(Reset)),
        (mark(1, 5), state(1, 0), Broken(Reset)),
        (mark(0, 0), state(1, 20), Continuous),
        (mark(0, 0), state(2, 20), Broken(Trimmed)),
        (twisted, state(10, 20), Broken(Reset)),
        (mark(8, 5), state(10, 20), Broken(Trimmed)),
        (mark(9, 5), state(10, 20), Broken(Trimmed)),
        (mark(9, 0), state(10, 20), Continuous),
        (mark(10, 5), state(10, 20), Unproven),
        (mark(20, 5), state(10, 20), Unproven),
        (mark(21, 5), state(10, 20), Broken(Reset)),
        (mark(19, 5), state(21, 20), Broken(Trimmed)),
        (mark(20, 5), state(21, 20), Continuous),
        (mark(21, 5), state(21, 20), Broken(Reset)),
    ] {
        assert_eq!(of_state(after, &state), verdict, "{after:?}");
    }
}

#[test]
fn the_first_message_proves() {
    for (after, first, verdict) in [
        (mark(0, 0), mark(1, 5), Continuous),
        (mark(0, 0), mark(2, 5), Broken(Trimmed)),
        (mark(0, 1), mark(1, 5), Broken(Reset)),
        (mark(7, 5), mark(7, 5), Continuous),
        (mark(7, 5), mark(7, 6), Broken(Reset)),
        (mark(7, 0), mark(7, 6), Broken(Reset)),
        (mark(7, 5), mark(8, 6), Broken(Trimmed)),
        (mark(7, 0), mark(8, 6), Continuous),
    ] {
        let is: Verdict = of_first(after, first);
        assert_eq!(is, verdict, "{after:?} {first:?}");
    }
}
