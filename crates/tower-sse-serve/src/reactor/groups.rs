//! Those who wait at the same place.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::task::Waker;

use rustc_hash::FxHashMap;
use slab::Slab;
use tower_sse_hub::{Found, Leap, Pilot, Stand};

use super::bell::{Bell, Hall};

/// The lines whose subscribers wait at the same place of a hub: it is asked once for all of them,
/// and wakes the loop once.
#[derive(Default)]
pub(super) struct Groups {
    all: Slab<Group>,
    by_stand: FxHashMap<Stand, usize>,
}

struct Group {
    stand: Stand,
    pilot: Pilot,
    bell: Arc<Bell>,
    waker: Waker,
    members: Vec<u32>,
    /// Which leap has led here last.
    led_by: Option<NonZeroU32>,
}

/// Where a line is in a group.
#[derive(Clone, Copy)]
pub(super) struct Seat {
    /// One more than its number.
    group: NonZeroU32,
    at: u32,
}

/// What comes next for a group.
pub(super) enum Led {
    /// These have it to be written, and are in a group with this number then.
    Leap(Leap, Vec<u32>, usize),
    /// These have to look for themselves, and are in no group.
    Other(Vec<u32>),
    Nothing,
}

/// What tells the number of a group from that of a line.
const GROUP: u32 = 1 << 31;

impl Groups {
    /// The group that has this number among those who ring, if it is not that of a line.
    pub(super) fn of(number: u32) -> Option<usize> {
        (number & GROUP != 0).then_some((number & !GROUP) as usize)
    }

    /// The number of a group among those who ring, if it is there.
    pub(super) fn number(&self, group: usize) -> Option<u32> {
        self.all.contains(group).then_some(GROUP | group as u32)
    }

    /// Adds a line that waits here. With the first, there is a group to be led: its number.
    pub(super) fn join(
        &mut self,
        line: u32,
        stand: Stand,
        pilot: impl FnOnce() -> Pilot,
        hall: &Arc<Hall>,
    ) -> (Seat, Option<u32>) {
        let all = &mut self.all;
        let mut is_new = None;
        let group = *self.by_stand.entry(stand).or_insert_with(|| {
            let entry = all.vacant_entry();
            let group = entry.key();
            let number = GROUP | group as u32;
            let bell = Arc::new(Bell::new(hall, number));
            let waker = Waker::from(Arc::clone(&bell));
            let (pilot, members) = (pilot(), Vec::new());
            entry.insert(Group { stand, pilot, bell, waker, members, led_by: None });
            is_new = Some(number);
            group
        });
        (self.seat(group, line), is_new)
    }

    /// Adds a line to a group, if that still waits where this leap has led to.
    pub(super) fn rejoin(&mut self, line: u32, group: usize, leap: NonZeroU32) -> Option<Seat> {
        self.all.get(group).filter(|group| group.led_by == Some(leap))?;
        Some(self.seat(group, line))
    }

    fn seat(&mut self, group: usize, line: u32) -> Seat {
        let members = &mut self.all[group].members;
        let at = members.len() as u32;
        members.push(line);
        Seat { group: NonZeroU32::MIN.saturating_add(group as u32), at }
    }

    /// Takes a line out, and tells which other has its seat now.
    pub(super) fn leave(&mut self, Seat { group, at }: Seat) -> Option<u32> {
        let (group, at) = (group.get() as usize - 1, at as usize);
        let members = &mut self.all[group].members;
        members.swap_remove(at);
        let moved = members.get(at).copied();
        self.dissolve(group);
        moved
    }

    /// Forgets a group in which nobody is.
    pub(super) fn dissolve(&mut self, group: usize) {
        if self.all.get(group).is_some_and(|group| group.members.is_empty()) {
            self.remove(group);
        }
    }

    fn remove(&mut self, group: usize) -> Vec<u32> {
        let group = self.all.remove(group);
        self.by_stand.remove(&group.stand);
        group.members
    }

    /// Looks what comes next for a group: if there is something, this is its number.
    pub(super) fn lead(&mut self, number: usize, leap_number: NonZeroU32) -> Led {
        let Some(group) = self.all.get_mut(number) else { return Led::Nothing };
        group.bell.hush();
        match group.pilot.find(&group.waker) {
            Found::Nothing => Led::Nothing,
            Found::Other => Led::Other(self.remove(number)),
            Found::Leap(leap) => {
                let members = std::mem::take(&mut group.members);
                let (before, stand) = (group.stand, leap.stand());
                self.by_stand.remove(&before);
                // Others may be there already, who were faster.
                let there = *self.by_stand.entry(stand).or_insert(number);
                if there == number {
                    self.all[number].stand = stand;
                } else {
                    self.all.remove(number);
                }
                self.all[there].led_by = Some(leap_number);
                Led::Leap(leap, members, there)
            }
        }
    }
}
