//! A Markov chain: which word comes after which in a text.

use std::collections::HashMap;
use std::mem;
use std::sync::LazyLock;

use fastrand::Rng;

/// Which words follow each word of a text, as often as they do.
///
/// The empty word is what a paragraph begins after, and what it ends with.
pub(crate) struct Markov(HashMap<&'static str, Vec<&'static str>>);

/// A walk along the chain: an iterator of tokens, each with the space before it.
pub(crate) struct Walk {
    at: &'static str,
    is_first: bool,
    random: Rng,
}

const MARKS: [char; 6] = ['.', ',', ';', ':', '?', '!'];

static CHAIN: LazyLock<Markov> = LazyLock::new(|| Markov::new(include_str!("text.txt")));

impl Markov {
    fn new(text: &'static str) -> Self {
        let mut followers: HashMap<_, Vec<_>> = HashMap::new();
        for paragraph in text.split("\n\n") {
            let mut before = "";
            for word in words(paragraph).chain([""]) {
                followers.entry(before).or_default().push(word);
                before = word;
            }
        }
        Self(followers)
    }

    /// A walk from the last word of the prompt that the text has, else from a beginning. The same
    /// seed takes the same way.
    pub(crate) fn walk(prompt: &str, seed: u64) -> Walk {
        let known = words(prompt).filter(|word| !word.starts_with(MARKS));
        let known = known.filter_map(|word| CHAIN.0.get_key_value(word)).last();
        let at = known.map_or("", |(word, _)| word);
        Walk { at, is_first: true, random: Rng::with_seed(seed) }
    }
}

impl Iterator for Walk {
    type Item = String;

    fn next(&mut self) -> Option<String> {
        let followers = CHAIN.0.get(self.at)?;
        self.at = self.random.choice(followers)?;
        let is_bare = mem::take(&mut self.is_first) || self.at.starts_with(MARKS);
        let space = if is_bare { "" } else { " " };
        (!self.at.is_empty()).then(|| format!("{space}{}", self.at))
    }
}

/// The words of a text, and the marks after them.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().flat_map(|word| {
        let (word, marks) = word.split_at(word.trim_end_matches(MARKS).len());
        [word, marks].into_iter().filter(|part| !part.is_empty())
    })
}

#[cfg(test)]
mod tests;
