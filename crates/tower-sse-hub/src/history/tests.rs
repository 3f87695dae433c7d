use super::*;

/// A history of the newest events of two keys, which are beyond the bounds.
fn kept() -> History {
    let mut history = History::default();
    for n in 1..=2 {
        let mark = Mark { position: Position::new(n, 0), check: 0 };
        let (event, key) = (Event::new("x".repeat(1000)), Text::from(n.to_string()));
        history.push_latest(mark, Instant::now(), &event, key, 10);
    }
    history.trim();
    history.trim();
    assert_eq!(history.len(), 0);
    history
}

#[test]
fn what_is_forgotten_is_not_kept_for_the_next_reader() {
    let mut history = kept();
    assert!(history.next(Position::default(), Position::LAST, true));
    while history.oldest().is_some() {
        history.forget_oldest();
    }
    assert_eq!(history.total_bytes(), 0);
    assert!(history.taken().is_none());
}

#[test]
fn what_a_newer_event_replaces_is_not_kept_for_the_next_reader() {
    let mut history = kept();
    assert!(history.next(Position::default(), Position::LAST, true));
    let mark = Mark { position: Position::new(3, 0), check: 0 };
    history.push_latest(mark, Instant::now(), &Event::new("y"), "1".into(), 10);
    assert!(history.taken().is_none());
}
