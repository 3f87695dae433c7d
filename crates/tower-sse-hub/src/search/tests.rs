use super::count_upto;
use crate::Position;

#[test]
fn counts_as_one_who_looks_at_all() {
    let mut rng = fastrand::Rng::with_seed(1);
    for _ in 0..2_000 {
        let spread = 1 << rng.u32(0..40);
        let mut positions: Vec<_> = (0..rng.usize(0..40))
            .map(|_| Position::new(rng.u64(..spread), rng.u64(0..3)))
            .collect();
        positions.sort();
        positions.dedup();
        let asked = positions.iter().copied();
        let asked = asked.flat_map(|at| [at, Position::new(at.first() + 1, 0), at.before()]);
        let ends = [Position::default(), Position::LAST, Position::new(rng.u64(..spread), 1)];
        for position in asked.chain(ends) {
            let expected = positions.iter().filter(|other| **other <= position).count();
            let counted = count_upto(positions.len(), position, |i| positions[i]);
            assert_eq!(counted, expected, "{position:?} in {positions:?}");
        }
    }
}

#[test]
fn takes_the_same_few_steps_however_many_there_are() {
    for len in [1_000, 1_000_000] {
        for position in (1..len).step_by(997) {
            let looks = std::cell::Cell::new(0);
            let at = |i| {
                looks.set(looks.get() + 1);
                Position::new(1_000_000 + 7 * i as u64, 0)
            };
            count_upto(len, at(position), at);
            assert!(looks.get() <= 6, "{} looks for {position} of {len}", looks.get());
        }
    }
}
