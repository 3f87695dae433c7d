use std::io;

use super::{FIRST, LARGE, MOST, Stride};

#[test]
fn small_answers_grow_up_to_a_bound() {
    let stride = Stride::new();
    for _ in 0..20 {
        stride.learn(stride.entries(), 100);
    }
    assert_eq!(stride.entries(), MOST);
}

#[test]
fn large_answers_shrink_to_one_entry() {
    let stride = Stride::new();
    for _ in 0..20 {
        stride.learn(1, LARGE + 1);
    }
    assert_eq!(stride.entries(), 1);
}

#[test]
fn an_answer_that_is_not_full_says_nothing() {
    let stride = Stride::new();
    stride.learn(FIRST - 1, 100);
    assert_eq!(stride.entries(), FIRST);
}

#[test]
fn an_answer_that_does_not_come_was_too_large() {
    let stride = Stride::new();
    for _ in 0..20 {
        stride.learn_of(&io::Error::from(io::ErrorKind::TimedOut).into());
    }
    assert_eq!(stride.entries(), 1);
    stride.learn(1, 100);
    assert_eq!(stride.entries(), 2);
}
