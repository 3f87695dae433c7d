use std::collections::VecDeque;

use super::*;

/// A model in slow lines: all that is open, in order, by key and whether it is leaving.
type Model = VecDeque<(u64, Option<u64>, usize, bool)>;

fn key(key: u64) -> Key {
    Key::from(key)
}

fn check(registry: &Registry<u64>, model: &Model) {
    assert_eq!(registry.len(), model.len());
    let mut values: Vec<_> = registry.values().copied().collect();
    values.sort_unstable();
    assert_eq!(values, model.iter().map(|one| one.0).collect::<Vec<_>>());
    for k in 0..4 {
        let of = |leaving| model.iter().filter(move |one| one.1 == Some(k) && one.3 == leaving);
        let found: Vec<_> = registry.values_of(&key(k)).copied().collect();
        assert_eq!(found, of(false).map(|one| one.0).collect::<Vec<_>>());
        let count = Count { staying: of(false).count(), leaving: of(true).count() };
        assert_eq!(registry.count_of(&key(k)), count);
        assert_eq!(registry.lists.len(), registry.keys.len());
        assert_eq!(registry.keys.contains_key(&key(k)), model.iter().any(|one| one.1 == Some(k)));
    }
}

#[test]
fn agrees_with_a_model() {
    for seed in 0..50 {
        let mut random = fastrand::Rng::with_seed(seed);
        let (mut registry, mut model) = (Registry::default(), Model::new());
        for n in 0..400 {
            let k = random.u64(0..5);
            let of = (k < 4).then_some(k);
            match random.u8(0..5) {
                0..=2 => {
                    let mut at = 0;
                    let list = of.map(|k| registry.list(&key(k)));
                    let inserted = registry.insert(list, |place| {
                        at = place;
                        n
                    });
                    assert_eq!(*inserted, n);
                    model.push_back((n, of, at, false));
                }
                3 => {
                    let oldest = model.iter_mut().find(|one| of.is_some() && one.1 == of && !one.3);
                    let expected = oldest.map(|one| {
                        one.3 = true;
                        one.0
                    });
                    let list = registry.list(&key(k));
                    assert_eq!(registry.dismiss_oldest(list).copied(), expected);
                    registry.release(list, &key(k));
                }
                _ if model.is_empty() => {}
                _ => {
                    let gone = model.remove(random.usize(0..model.len())).expect("not empty");
                    let of = gone.1.map(key);
                    assert_eq!(registry.remove(gone.2, of.as_ref()), gone.0);
                }
            }
            check(&registry, &model);
        }
    }
}
