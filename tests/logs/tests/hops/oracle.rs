//! What a client must have seen, by the plain list of what was published.

use std::collections::HashMap;

use crate::journal::Said;
use crate::record::{Record, Step};

/// Goes through what a client has seen, step by step.
struct Oracle<'a> {
    said: &'a [Said],
    /// Those that the log does not have any more.
    lost: &'a [bool],
    numbers: HashMap<&'a str, usize>,
    topics: &'a [&'static str],
    cursor: Option<&'a str>,
    /// All of its topics before this number was seen, or told to be missing.
    from: usize,
    /// It was told that what was published before this number may be missing.
    told: usize,
    /// Its cursor names something lost, of which it was not told yet.
    is_owed: bool,
}

/// Checks what a client has seen.
///
/// # Panics
/// When it has missed something without being told, or got something twice, or not in order.
pub(crate) fn check(record: &Record, said: &[Said], lost: &[bool]) {
    let numbers = said.iter().enumerate().map(|(number, said)| (&*said.mark, number)).collect();
    let (cursor, topics) = (said.first().map(|said| &*said.mark), &[][..]);
    let (from, told, is_owed) = (1, 0, false);
    let mut oracle = Oracle { said, lost, numbers, topics, cursor, from, told, is_owed };
    for (nth, step) in record.steps.iter().enumerate() {
        if let Err(wrong) = oracle.take(step) {
            let around = &record.steps[nth.saturating_sub(8)..(nth + 3).min(record.steps.len())];
            panic!("{}, step {nth}: {wrong}, in {around:#?}", record.name);
        }
    }
    let end = oracle.misses_none(said.len());
    end.unwrap_or_else(|wrong| panic!("{}, at its end: {wrong}", record.name));
}

impl<'a> Oracle<'a> {
    fn take(&mut self, step: &'a Step) -> Result<(), String> {
        match step {
            Step::Hop { topics } => {
                self.topics = topics;
                // What another connection was told is of no use to this one, if it has the id of
                // before.
                self.told = 0;
                let at = self.cursor.and_then(|cursor| self.numbers.get(cursor));
                if let Some(&at) = at {
                    self.from = at + 1;
                    self.is_owed = self.lost[at];
                }
            }
            &Step::Gap { known, is_anew } => {
                (self.told, self.is_owed) = (known, false);
                if is_anew {
                    self.from = 0;
                }
            }
            Step::Place { mark } => {
                self.cursor = Some(mark);
                if let Some(&number) = self.numbers.get(&**mark)
                    && !self.lost[number]
                {
                    self.misses_none(number + 1)?;
                    self.from = self.from.max(number + 1);
                }
            }
            Step::Event { mark, number } => self.saw(mark, *number)?,
        }
        Ok(())
    }

    fn saw(&mut self, mark: &'a str, number: usize) -> Result<(), String> {
        self.cursor = Some(mark);
        let said = self.said.get(number).ok_or("nobody said that")?;
        if !self.topics.contains(&said.topic) {
            return Err(format!("{number} is of another topic"));
        }
        if said.mark != mark && !self.lost.contains(&true) {
            return Err(format!("{number} is at {mark}, and was at {}", said.mark));
        }
        if said.mark != mark || self.lost[number] {
            // A node may have it until it has seen that the log has lost it; then it tells.
            self.is_owed = true;
            return Ok(());
        }
        if self.is_owed {
            return Err(format!("{number} comes after what was lost, and no word of that"));
        }
        if number < self.from {
            return Err(format!("{number} comes after {}", self.from - 1));
        }
        self.misses_none(number)?;
        self.from = number + 1;
        Ok(())
    }

    /// Nothing of its topics is missing before this number, but what it was told.
    fn misses_none(&self, before: usize) -> Result<(), String> {
        for missing in self.from.max(self.told)..before {
            if self.topics.contains(&self.said[missing].topic) && !self.lost[missing] {
                return Err(format!("{missing} is missing before {before}"));
            }
        }
        Ok(())
    }
}
