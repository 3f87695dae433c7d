//! Who waits for the next entry of a topic.

use std::task::Waker;

use slab::Slab;

/// Who waits for the next entry of a topic.
#[derive(Debug, Default)]
pub(crate) struct Waiters {
    wakers: Slab<Waker>,
    /// How often all were woken. A place of an earlier round is none any more.
    round: u64,
    /// Room for the wakers of the next round.
    spare: Slab<Waker>,
}

/// A place among the waiters. It must be given back, see [`Waiters::leave`].
#[derive(Debug, Default)]
pub(crate) struct Place(Option<Seat>);

#[derive(Debug)]
struct Seat {
    round: u64,
    key: usize,
    waker: WakerId,
}

/// Which waker it is, for as long as the waiters keep it alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WakerId(usize, usize);

impl Place {
    /// Whether this waker waits here, if this is still the round.
    pub(crate) fn is_waiting(&self, round: u64, waker: &Waker) -> bool {
        self.0.as_ref().is_some_and(|seat| seat.round == round && seat.waker == WakerId::of(waker))
    }
}

impl Waiters {
    /// Waits with this waker from here on, in place of the one before, which is given back: a waker
    /// may do anything when it is dropped, and should not do it under a lock.
    pub(crate) fn join(&mut self, place: &mut Place, waker: &Waker) -> Option<Waker> {
        if let Some(seat) = place.0.as_mut().filter(|seat| seat.round == self.round) {
            if seat.waker == WakerId::of(waker) {
                return None;
            }
            seat.waker = WakerId::of(waker);
            return Some(std::mem::replace(&mut self.wakers[seat.key], waker.clone()));
        }
        let key = self.wakers.insert(waker.clone());
        place.0 = Some(Seat { round: self.round, key, waker: WakerId::of(waker) });
        None
    }

    /// Waits no more.
    pub(crate) fn leave(&mut self, place: &mut Place) -> Option<Waker> {
        let seat = place.0.take().filter(|seat| seat.round == self.round)?;
        Some(self.wakers.remove(seat.key))
    }

    /// Takes all who wait, to be woken.
    pub(crate) fn take(&mut self) -> Slab<Waker> {
        if self.wakers.is_empty() {
            return Slab::new();
        }
        self.round += 1;
        let spare = std::mem::take(&mut self.spare);
        std::mem::replace(&mut self.wakers, spare)
    }

    /// Gives the room back that those took who were woken.
    pub(crate) fn give_back(&mut self, woken: Slab<Waker>) {
        self.spare = woken;
    }

    pub(crate) fn round(&self) -> u64 {
        self.round
    }
}

impl WakerId {
    fn of(waker: &Waker) -> Self {
        Self(waker.data().addr(), std::ptr::from_ref(waker.vtable()).addr())
    }
}
