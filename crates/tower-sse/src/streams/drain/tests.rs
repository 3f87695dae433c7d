use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Of these, nine and more end by themselves.
fn is_endless(number: &usize) -> bool {
    *number < 9
}

/// Runs a plan by its own clock, and tells when each was closed.
fn run(
    mut plan: Plan<usize>,
    is_endless: impl Fn(&usize) -> bool + Copy,
) -> Vec<(Duration, usize)> {
    let mut closed = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        let due = plan.due(now, is_endless);
        closed.extend(due.into_iter().map(|one| (now, one)));
        let Some(next) = plan.next() else { return closed };
        assert!(next > now, "{next:?} after {now:?}");
        now = next;
    }
}

#[test]
fn closes_evenly() {
    for count in [1, 2, 7, 1000, 9973] {
        let closed = run(Plan::new(5 * SECOND, (0..count).collect()), |_| true);
        assert_eq!(closed.len(), count);
        for (n, (at, _)) in closed.iter().enumerate() {
            let even = (4.9 * SECOND.as_secs_f64()) * n as f64 / count as f64;
            assert!((at.as_secs_f64() - even).abs() < 1e-6, "{n} of {count}: {at:?}");
        }
    }
}

#[test]
fn one_stream_need_not_wait() {
    assert_eq!(run(Plan::new(5 * SECOND, vec![7]), is_endless), [(Duration::ZERO, 7)]);
}

#[test]
fn finite_ones_have_time_until_the_last_words() {
    let closed = run(Plan::new(5 * SECOND, vec![1, 9, 2, 10]), is_endless);
    let ms: Vec<_> = closed.iter().map(|(at, one)| (at.as_millis(), *one)).collect();
    assert_eq!(ms, [(1225, 2), (3675, 1), (4900, 9), (4900, 10)]);
}

#[test]
fn without_a_budget_all_are_closed_at_once() {
    let mut plan = Plan::new(Duration::ZERO, vec![1, 2, 9]);
    assert_eq!(plan.due(Duration::ZERO, is_endless), [1, 2, 9]);
    assert_eq!(plan.next(), None);
}

#[test]
fn clocks_that_jump_close_what_is_due_and_nothing_twice() {
    let mut plan = Plan::new(5 * SECOND, (0..100).collect());
    assert_eq!(plan.due(Duration::ZERO, |_| true).len(), 1);
    assert_eq!(plan.due(2450 * SECOND / 1000, |_| true).len(), 50);
    assert_eq!(plan.due(SECOND, |_| true).len(), 0, "back");
    assert_eq!(plan.due(2450 * SECOND / 1000, |_| true).len(), 0);
    assert_eq!(plan.due(Duration::MAX, |_| true).len(), 49);
    assert_eq!(plan.next(), None);

    let mut plan = Plan::new(Duration::MAX, (0..100).collect());
    assert_eq!(plan.due(Duration::ZERO, |_| true).len(), 1);
    assert!(plan.next().is_some_and(|next| next > 1_000_000 * SECOND));
}

#[test]
fn what_turns_out_to_be_endless_is_closed_evenly_too() {
    let mut plan = Plan::new(5 * SECOND, (0..100).collect());
    let (mut now, mut most, mut given) = (Duration::ZERO, 0, 0);
    while now < 4900 * SECOND / 1000 {
        // All have answered after 2.45 seconds.
        let due = plan.due(now, |_| now >= 2450 * SECOND / 1000);
        (most, given) = (most.max(due.len()), given + due.len());
        let Some(next) = plan.next() else { break };
        now = next;
    }
    assert_eq!((given, most), (100, 2));
}
