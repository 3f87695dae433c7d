use super::*;

fn check(limits: Limits, cases: &[(usize, usize, usize, Result<Room, Cause>)]) {
    for &(open, staying, leaving, expected) in cases {
        let of_key = Count { staying, leaving };
        let room = limits.room(open, Some(of_key));
        assert_eq!(room, expected, "{open} open, {staying} + {leaving} of the key");
    }
}

#[test]
fn refuses_what_is_over_a_limit() {
    let free = Ok(Room::Free);
    check(Limits::NONE, &[(1_000_000, 1_000_000, 0, free)]);
    let total = Limits { open: 2, ..Limits::NONE };
    check(total, &[(0, 0, 0, free), (1, 1, 0, free), (2, 0, 0, Err(Cause::Full))]);
    let per_key = Limits { per_key: 2, ..Limits::NONE };
    assert_eq!(per_key.room(9, None), free, "without a key");
    check(
        per_key,
        &[(9, 1, 0, free), (9, 2, 0, Err(Cause::KeyFull)), (9, 0, 2, Err(Cause::KeyFull))],
    );
}

#[test]
fn the_oldest_makes_room_for_as_many_as_may_stay() {
    let limits = Limits { per_key: 2, ends_oldest: true, ..Limits::NONE };
    check(
        limits,
        &[
            (9, 1, 0, Ok(Room::Free)),
            (9, 2, 0, Ok(Room::OfOldest)),
            (9, 2, 1, Ok(Room::OfOldest)),
            (9, 1, 1, Ok(Room::Free)),
            (9, 2, 2, Err(Cause::KeyFull)),
            (9, 0, 2, Err(Cause::KeyFull)),
        ],
    );
    let total = Limits { open: 9, ..limits };
    check(total, &[(9, 2, 0, Err(Cause::Full))]);
}

#[test]
fn a_limit_of_zero_lets_nothing_in() {
    check(Limits { open: 0, ..Limits::NONE }, &[(0, 0, 0, Err(Cause::Full))]);
    for ends_oldest in [false, true] {
        let limits = Limits { per_key: 0, ends_oldest, ..Limits::NONE };
        check(limits, &[(0, 0, 0, Err(Cause::KeyFull))]);
    }
}
