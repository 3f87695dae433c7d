use tower_sse_hub::log::Broken::{Reset, Trimmed};
use tower_sse_hub::{Mark, Position};

use super::Extent;

fn mark(first: u64, check: u32) -> Mark {
    Mark { position: Position::new(first, 0), check }
}

/// A stream that reaches from one to another, and has lost so many.
fn extent(oldest: u64, newest: u64, gone: u64) -> Extent {
    Extent {
        oldest: Some(mark(oldest, 1)),
        last: Some(mark(newest, 1)),
        last_position: Position::new(newest, 0),
        gone,
    }
}

#[test]
fn says_what_is_missing_after_an_entry_that_is_not_here() {
    let never = Extent::default();
    let whole = extent(10, 20, 0);
    let trimmed = extent(10, 20, 5);
    let emptied = Extent { last_position: Position::new(20, 0), gone: 11, ..never };
    for (name, extent, after, verdict) in [
        ("nothing after nothing", never, Mark::default(), None),
        ("nothing is kept of it", never, mark(1, 1), Some(Reset)),
        ("all there ever was", whole, Mark::default(), None),
        ("before the first there ever was", whole, mark(9, 1), Some(Reset)),
        ("another of its place", whole, mark(10, 2), Some(Reset)),
        ("none of its place", whole, mark(15, 1), Some(Reset)),
        ("another newest", whole, mark(20, 2), Some(Reset)),
        ("beyond the newest", whole, mark(21, 1), Some(Reset)),
        ("the newest", whole, mark(20, 1), None),
        ("some were trimmed", trimmed, Mark::default(), Some(Trimmed)),
        ("it was trimmed", trimmed, mark(9, 1), Some(Trimmed)),
        ("none of its place, while others were trimmed", trimmed, mark(15, 1), Some(Reset)),
        ("beyond the newest, while others were trimmed", trimmed, mark(21, 1), Some(Reset)),
        ("all was taken away", emptied, Mark::default(), Some(Trimmed)),
        ("the place of the newest, which was taken away", emptied, mark(20, 0), None),
        ("the newest, which was taken away", emptied, mark(20, 1), Some(Trimmed)),
        ("beyond all that was taken away", emptied, mark(21, 0), Some(Reset)),
    ] {
        assert_eq!(extent.verdict(after), verdict, "{name}");
    }
}

#[test]
fn newest_that_was_taken_away_is_a_place() {
    assert_eq!(extent(10, 20, 0).newest(), mark(20, 1));
    let taken = Extent { last_position: Position::new(30, 0), ..extent(10, 20, 1) };
    assert_eq!(taken.newest(), mark(30, 0));
    assert_eq!(Extent::default().newest(), Mark::default());
}
