use super::*;
use crate::Moment;

fn wall(run: u32, posts: u64) -> Wall {
    let mut wall = Wall::new(run);
    for number in 1..=posts {
        wall.push(Post { at: Moment::now(), text: format!("post {number}") });
    }
    wall
}

/// The ids of what a reader gets that saw this id.
fn catch_up(wall: &Wall, seen: &str) -> Vec<String> {
    let seen = LastEventId::from_bytes(seen.as_bytes());
    wall.catch_up(&seen)
        .iter()
        .map(|event| event.id().map(ToString::to_string).unwrap_or_default())
        .collect()
}

fn ids(numbers: std::ops::RangeInclusive<u64>) -> Vec<String> {
    numbers.map(|number| format!("00000abc.{number}")).collect()
}

#[test]
fn a_reader_gets_exactly_the_posts_it_missed() {
    let wall = wall(0xabc, 7);
    assert_eq!(catch_up(&wall, "00000abc.4"), ids(5..=7));
    assert_eq!(catch_up(&wall, "00000abc.0"), ids(1..=7));
    assert_eq!(catch_up(&wall, "00000abc.7"), [""; 0]);
}

#[test]
fn a_new_reader_gets_the_last_posts_after_a_start() {
    for (posts, expected) in
        [(0, 0..=0), (3, 0..=3), (50, 0..=50), (51, 1..=51), (1_007, 957..=1_007)]
    {
        let events = wall(0xabc, posts).catch_up(&LastEventId::Absent);
        assert_eq!(catch_up(&wall(0xabc, posts), ""), ids(expected), "{posts} posts");
        assert!(events[0].bytes().starts_with(b"event: wall\n"));
        assert!(events[1..].iter().all(|event| event.bytes().starts_with(b"event: post\n")));
    }
}

#[test]
fn a_reader_whose_place_is_unknown_gets_the_wall_anew() {
    let anew = ids(0..=3);
    for seen in
        ["00000abd.2", "abc.2", "00000abc.4", "00000abc.-1", "00000abc.", "2", ".", "Ω", "\0"]
    {
        assert_eq!(catch_up(&wall(0xabc, 3), seen), anew, "{seen}");
    }
}

#[test]
fn a_reader_goes_on_for_as_long_as_the_next_post_is_kept() {
    let wall = wall(0xabc, 1_007);
    assert_eq!(wall.posts.len(), KEPT);
    assert_eq!(catch_up(&wall, "00000abc.7"), ids(8..=1_007));
    assert_eq!(catch_up(&wall, "00000abc.6"), ids(957..=1_007));
}
