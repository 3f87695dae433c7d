//! What is open, in total and by key.

use std::collections::HashMap;
use std::iter;

use slab::Slab;

use crate::Key;

/// What is open: values that have a place each, and for each key a list of those that have it, the
/// oldest first. All that is done to one of them takes constant time, hashes its key once at most,
/// and allocates nothing once there was room for so many.
#[derive(Debug)]
pub(crate) struct Registry<T> {
    slots: Slab<Slot<T>>,
    lists: Slab<List>,
    keys: HashMap<Key, usize>,
}

#[derive(Debug)]
struct Slot<T> {
    value: T,
    list: Option<ListId>,
    /// Its neighbours in the list.
    older: Option<usize>,
    newer: Option<usize>,
    leaving: bool,
}

/// Which list it is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ListId(usize);

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
        self.keys.get(key).map(|list| self.lists[*list].count).unwrap_or_default()
    }

    /// Those of a key, from the oldest on, but for those that are on their way out.
    pub(crate) fn values_of(&self, key: &Key) -> impl Iterator<Item = &T> {
        let next = |place: &usize| self.slots[*place].newer;
        let oldest = self.keys.get(key).and_then(|list| self.lists[*list].oldest);
        iter::successors(oldest, next).map(|place| &self.slots[place].value)
    }

    /// The list of a key. Who puts nothing into it [lets go of it](Registry::release).
    pub(crate) fn list(&mut self, key: &Key) -> ListId {
        // A clone of a key is cheap.
        let lists = &mut self.lists;
        ListId(*self.keys.entry(key.clone()).or_insert_with(|| lists.insert(List::default())))
    }

    pub(crate) fn count_in(&self, ListId(list): ListId) -> Count {
        self.lists[list].count
    }

    /// Adds what `value` makes of its place.
    pub(crate) fn insert(&mut self, list: Option<ListId>, value: impl FnOnce(usize) -> T) -> &T {
        let entry = self.slots.vacant_entry();
        let place = entry.key();
        let mut slot = Slot { value: value(place), list, older: None, newer: None, leaving: false };
        if let Some(ListId(list)) = list {
            let list = &mut self.lists[list];
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

    /// Puts the oldest in a list on its way out.
    pub(crate) fn dismiss_oldest(&mut self, ListId(list): ListId) -> Option<&T> {
        let list = &mut self.lists[list];
        let place = list.oldest?;
        unlink(&mut self.slots, list, place);
        list.count.leaving += 1;
        let slot = &mut self.slots[place];
        slot.leaving = true;
        Some(&slot.value)
    }

    /// Removes what is at a place, which has this key.
    pub(crate) fn remove(&mut self, place: usize, key: Option<&Key>) -> T {
        if let (Some(ListId(id)), Some(key)) = (self.slots[place].list, key) {
            let list = &mut self.lists[id];
            if self.slots[place].leaving {
                list.count.leaving -= 1;
            } else {
                unlink(&mut self.slots, list, place);
            }
            self.release(ListId(id), key);
        }
        self.slots.remove(place).value
    }

    /// Forgets the list of this key if nothing is in it.
    pub(crate) fn release(&mut self, ListId(list): ListId, key: &Key) {
        if self.lists[list].count == Count::default() {
            self.lists.remove(list);
            self.keys.remove(key);
        }
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
        Self { slots: Slab::new(), lists: Slab::new(), keys: HashMap::new() }
    }
}

#[cfg(test)]
mod tests;
