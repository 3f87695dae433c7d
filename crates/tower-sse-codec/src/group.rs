//! Which events go to many connections in the same order.

use core::sync::atomic::{AtomicUsize, Ordering};

/// Events that many connections get in the same order, as those of a topic: what is made of one for
/// one connection, such as its compressed form, may serve the others.
///
/// It is a name and no more: to copy it costs nothing, and there is nothing in it to lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Group(usize);

/// How an [`Encoded`](crate::Encoded) belongs to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Membership {
    /// Its events are those with this number and the next ones, when all of the group are counted.
    /// Equal numbers are equal events.
    Shared(Group, u64),
    /// It is for one connection alone, which gets the events of a group besides.
    Private,
}

impl Group {
    /// A group that no other is equal to, in this process.
    pub fn new() -> Self {
        static MADE: AtomicUsize = AtomicUsize::new(0);
        Self(MADE.fetch_add(1, Ordering::Relaxed))
    }
}

/// As [`new`](Group::new): no two are equal.
impl Default for Group {
    fn default() -> Self {
        Self::new()
    }
}
