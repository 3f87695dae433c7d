use super::*;

#[test]
fn lies_in_the_range_whatever_that_is() {
    fn check(range: RangeInclusive<u64>, expected: [u64; 3]) {
        let (start, end) = range.into_inner();
        let spread = Spread::new(Duration::from_secs(start)..=Duration::from_secs(end));
        assert_eq!([0.0, 0.5, 1.0].map(|part| spread.at(part).as_secs()), expected);
    }
    check(1..=3, [1, 2, 3]);
    check(RangeInclusive::new(3, 1), [1, 2, 3]);
    check(0..=0, [0, 0, 0]);
    check(0..=u64::MAX, [0, LONGEST.as_secs() / 2, LONGEST.as_secs()]);
    check(u64::MAX..=u64::MAX, [LONGEST.as_secs(); 3]);
}
