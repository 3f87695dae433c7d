//! What is open, in total and by key.

use std::collections::HashMap;
use std::iter;

use slab::Slab;

use crate::Key;

/// What is open: values that have a place each, and for each key a list of those that have it, the
/// oldest first. All that is done to one of them takes constant time, and no allocation once there
/// was room for so many.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    slots: Slab<Slot<T>>,
    keys: HashMap<Key, List>,
}

#[derive(Debug)]
struct Slot<T> {
    value: T,
    /// Its neighbours in the list of its key.
    older: Option<usize>,
    newer: Option<usize>,
    leaving: bool,
}

#[derive(Debug, Default)]
struct List {
    oldest: Option<usize>,
    newest: Option<usize>,
    count: Count,
}

/// How many there are of one key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    /// In the list.
    pub(crate) staying: usize,
    /// On their way out, and in the list no more.
    pub(crate) leaving: usize,
}

impl<T> Registry<T> {
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.slots.iter().map(|(_, slot)| &slot.value)
    }

    pub(crate) fn count_of(&self, key: &Key) -> Count {
        self.keys.get(key).map(|list| list.count).unwrap_or_default()
    }

    /// Those of a key, from the oldest on, but for those that are on their way out.
    pub(crate) fn values_of(&self, key: &Key) -> impl Iterator<Item = &T> {
        let next = |place: &usize| self.slots[*place].newer;
        let oldest = self.keys.get(key).and_then(|list| list.oldest);
        iter::successors(oldest, next).map(|place| &self.slots[place].value)
    }

    /// Adds what `value` makes of its place.
    pub(crate) fn insert(&mut self, key: Option<&Key>, value: impl FnOnce(usize) -> T) -> &T {
        let entry = self.slots.vacant_entry();
        let place = entry.key();
        let mut slot = Slot { value: value(place), older: None, newer: None, leaving: false };
        if let Some(key) = key {
            // A clone of a key is cheap, and one that is there already is not replaced.
            let list = self.keys.entry(key.clone()).or_default();
            slot.older = list.newest.replace(place);
            list.oldest.get_or_insert(place);
            list.count.staying += 1;
        }
        let older = slot.older;
        entry.insert(slot);
        if let Some(older) = older {
            self.slots[older].newer = Some(place);
        }
        &self.slots[place].value
    }

    /// Puts the oldest of a key on its way out.
    pub(crate) fn dismiss_oldest(&mut self, key: &Key) -> Option<&T> {
        let list = self.keys.get_mut(key)?;
        let place = list.oldest?;
        unlink(&mut self.slots, list, place);
        list.count.leaving += 1;
        let slot = &mut self.slots[place];
        slot.leaving = true;
        Some(&slot.value)
    }

    /// Removes what is at a place, which has this key.
    pub(crate) fn remove(&mut self, place: usize, key: Option<&Key>) -> T {
        if let Some(key) = key {
            let list = self.keys.get_mut(key).expect("a key is kept while something has it");
            if self.slots[place].leaving {
                list.count.leaving -= 1;
            } else {
                unlink(&mut self.slots, list, place);
            }
            if list.count == Count::default() {
                self.keys.remove(key);
            }
        }
        self.slots.remove(place).value
    }
}

fn unlink<T>(slots: &mut Slab<Slot<T>>, list: &mut List, place: usize) {
    let Slot { older, newer, .. } = slots[place];
    match older {
        Some(older) => slots[older].newer = newer,
        None => list.oldest = newer,
    }
    match newer {
        Some(newer) => slots[newer].older = older,
        None => list.newest = older,
    }
    list.count.staying -= 1;
}

impl<T> Default for Registry<T> {
    fn default() -> Self {
        Self { slots: Slab::new(), keys: HashMap::new() }
    }
}

#[cfg(test)]
mod tests;
