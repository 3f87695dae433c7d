use std::task::Waker;

use super::{Page, Pages};
use crate::log::Broken;
use crate::waiters::Place;
use crate::{Mark, Position};

fn mark(position: u64) -> Mark {
    Mark { position: Position::new(position, 0), check: 0 }
}

/// Whether a page that was read at 5, with nothing in it, is all that there is with the hub at `head`.
fn is_all(continuity: Option<Broken>, head: u64) -> bool {
    let (pages, mut place) = (Pages::default(), Place::default());
    let after = mark(5);
    assert!(pages.after(after, after.position, &mut place, None).is_none());
    let (entries, known, session) = (Vec::new(), after.position, 0);
    pages.give(after, Page { entries, upto: after, continuity, known, session });
    pages.after(after, mark(head).position, &mut place, None).is_some()
}

#[test]
fn an_empty_page_is_all_until_there_is_more() {
    assert!(is_all(None, 5));
    assert!(!is_all(None, 6));
}

#[test]
fn a_broken_page_is_all_whatever_comes() {
    for broken in [Broken::Trimmed, Broken::Reset] {
        assert!(is_all(Some(broken), 5));
        assert!(is_all(Some(broken), 6));
    }
}

#[test]
fn a_page_that_is_being_read_is_kept_for_who_comes_again() {
    let (pages, after) = (Pages::default(), mark(5));
    let look = || {
        let mut place = Place::default();
        let page = pages.after(after, after.position, &mut place, Some(Waker::noop()));
        pages.leave(after, &mut place);
        page.is_some()
    };
    assert!(!look());
    assert_eq!(pages.next_wanted(), None, "nobody waits for it");

    let mut place = Place::default();
    assert!(pages.after(after, after.position, &mut place, Some(Waker::noop())).is_none());
    assert_eq!(pages.next_wanted(), Some(after));
    pages.leave(after, &mut place);
    assert!(!look());
    assert_eq!(pages.next_wanted(), None, "it is read once");
    let (entries, known, session) = (Vec::new(), after.position, 0);
    pages.give(after, Page { entries, upto: after, continuity: None, known, session });
    assert!(look());
}

#[test]
fn a_page_that_could_not_be_read_is_forgotten_with_those_who_wanted_it() {
    let (pages, after) = (Pages::default(), mark(5));
    let mut place = Place::default();
    assert!(pages.after(after, after.position, &mut place, Some(Waker::noop())).is_none());
    assert_eq!(pages.next_wanted(), Some(after));
    pages.again(after);
    assert_eq!(pages.next_wanted(), Some(after), "somebody waits");
    pages.leave(after, &mut place);
    pages.again(after);
    assert_eq!(pages.next_wanted(), None);
    assert!(pages.slots.lock().by_mark.is_empty());
}
