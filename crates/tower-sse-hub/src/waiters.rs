//! Who waits for the next entry of a topic.

use std::num::NonZeroU64;
use std::task::Waker;

/// Who waits for the next entry of a topic.
#[derive(Debug)]
pub(crate) struct Waiters {
    /// In the place of one that waits no more is one that does nothing.
    wakers: Vec<Waker>,
    free: Vec<usize>,
    /// Counts how often all were woken. A place of an earlier round is none any more.
    round: NonZeroU64,
    /// Room for the wakers of the next round.
    spare: Vec<Waker>,
}

/// A place among the waiters. It must be given back, see [`Waiters::leave`].
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// None before the first time.
    round: Option<NonZeroU64>,
    key: usize,
    waker: WakerId,
}

/// Which waker it is, for as long as the waiters keep it alive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct WakerId(usize, usize);

impl Place {
    /// Whether this waker waits here, if this is still the round.
    #[inline]
    pub(crate) fn is_waiting(&self, round: u64, waker: &Waker) -> bool {
        self.is_of(round) && self.waker == WakerId::of(waker)
    }

    fn is_of(&self, round: u64) -> bool {
        self.round.is_some_and(|mine| mine.get() == round)
    }
}

impl Waiters {
    /// Waiters whose first round is this one, or 1 if it is none.
    pub(crate) fn from_round(round: u64) -> Self {
        let round = NonZeroU64::new(round).unwrap_or(NonZeroU64::MIN);
        Self { round, ..Self::default() }
    }

    /// How many wait.
    pub(crate) fn len(&self) -> usize {
        self.wakers.len() - self.free.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Waits with this waker from here on, in place of the one before, which is given back: a waker
    /// may do anything when it is dropped, and should not do it under a lock.
    #[inline(always)]
    pub(crate) fn join(&mut self, place: &mut Place, waker: &Waker) -> Option<Waker> {
        if place.is_of(self.round.get()) {
            if place.waker == WakerId::of(waker) {
                return None;
            }
            place.waker = WakerId::of(waker);
            return Some(std::mem::replace(&mut self.wakers[place.key], waker.clone()));
        }
        let waker_id = WakerId::of(waker);
        let waker = waker.clone();
        let key = match self.free.pop() {
            None => {
                self.wakers.push(waker);
                self.wakers.len() - 1
            }
            Some(free) => {
                self.wakers[free] = waker;
                free
            }
        };
        *place = Place { round: Some(self.round), key, waker: waker_id };
        None
    }

    /// Waits no more.
    pub(crate) fn leave(&mut self, place: &mut Place) -> Option<Waker> {
        let is_mine = place.is_of(self.round.get());
        let key = std::mem::take(place).key;
        is_mine.then(|| {
            self.free.push(key);
            std::mem::replace(&mut self.wakers[key], Waker::noop().clone())
        })
    }

    /// Takes all who wait, to be woken.
    pub(crate) fn take(&mut self) -> Vec<Waker> {
        if self.is_empty() {
            return Vec::new();
        }
        self.free.clear();
        self.round = self.round.saturating_add(1);
        let spare = std::mem::take(&mut self.spare);
        std::mem::replace(&mut self.wakers, spare)
    }

    /// Gives the room back that those took who were woken.
    pub(crate) fn give_back(&mut self, woken: Vec<Waker>) {
        self.spare = woken;
    }

    pub(crate) fn round(&self) -> u64 {
        self.round.get()
    }
}

impl Default for Waiters {
    fn default() -> Self {
        let (wakers, free, spare) = (Vec::new(), Vec::new(), Vec::new());
        Self { wakers, free, round: NonZeroU64::MIN, spare }
    }
}

impl WakerId {
    fn of(waker: &Waker) -> Self {
        Self(waker.data().addr(), std::ptr::from_ref(waker.vtable()).addr())
    }
}
