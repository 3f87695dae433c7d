use super::*;

const MS: Duration = Duration::from_millis(1);

/// How many of a hundred are let in at each of these moments, in milliseconds.
fn check(burst: u32, every: Duration, moments: &[(u32, usize)]) {
    let mut bucket = Bucket::new(burst, every);
    for &(now, expected) in moments {
        let taken = (0..100).filter(|_| bucket.take(now * MS)).count();
        assert_eq!(taken, expected, "at {now} ms: {bucket:?}");
    }
}

#[test]
fn takes_a_burst_and_then_one_after_every_so_much_time() {
    check(5, 10 * MS, &[(0, 5), (9, 0), (10, 1), (19, 0), (20, 1), (45, 2), (50, 1), (1000, 5)]);
    check(1, 10 * MS, &[(0, 1), (1, 0), (10, 1), (25, 1), (30, 0), (35, 1)]);
}

#[test]
fn clocks_that_jump_give_a_burst_at_most() {
    check(5, 10 * MS, &[(1000, 5), (0, 0), (990, 0), (1000, 0), (1010, 1)]);
    check(5, 10 * MS, &[(u32::MAX, 5), (u32::MAX, 0)]);
}

#[test]
fn extremes_are_defined() {
    check(0, 10 * MS, &[(0, 0), (1_000_000, 0)]);
    check(3, Duration::MAX, &[(0, 3), (1_000_000, 0)]);
    check(3, Duration::ZERO, &[(0, 100), (0, 100)]);
}
