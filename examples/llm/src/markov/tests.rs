use super::*;

fn text(prompt: &str, seed: u64) -> String {
    Markov::walk(prompt, seed).take(100).collect()
}

#[test]
fn the_same_seed_takes_the_same_way() {
    assert_eq!(text("Hello", 1), text("Hello", 1));
    assert_ne!(text("Hello", 1), text("Hello", 2));
}

#[test]
fn a_walk_goes_on_from_the_last_word_it_knows() {
    for seed in 0..20 {
        assert!(text("What is a naïve robot?", seed).starts_with("habit"), "{seed}");
        assert!(text("0xdeadbeef.", seed).starts_with(['T', 'A']), "{seed}");
    }
}

#[test]
fn every_walk_begins_with_a_word_and_most_end() {
    let walks: Vec<_> = (0..200).map(|seed| Markov::walk("", seed).take(500).count()).collect();
    assert!(walks.iter().all(|&tokens| tokens > 0));
    assert!(walks.iter().filter(|&&tokens| tokens < 500).count() > 100);
}

#[test]
fn words_and_marks_are_apart() {
    let of = |text| words(text).collect::<Vec<_>>();
    assert_eq!(
        of("Is it – so?!  Yes, 1.5."),
        ["Is", "it", "–", "so", "?!", "Yes", ",", "1.5", "."]
    );
    assert_eq!(of(" \n"), [""; 0]);
}
