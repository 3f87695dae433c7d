//! Which of its two forms a connection can read of an event.

/// What a connection has read of a group: a machine that says which of its two forms it can read of
/// the next event.
///
/// The linked form of an event refers to what the group had before it, from its keyframe on. So it can
/// be read by who has read all of that, with nothing in between; the linked form of a keyframe by
/// everyone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Link(Option<Chain>);

/// Linked forms that were read without a break.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Chain {
    keyframe: u64,
    /// The number of the event after them.
    next: u64,
}

impl Link {
    /// Takes the event with this number, of which the linked form goes back to `keyframe`, and tells
    /// whether it is to be read in that form.
    pub(crate) fn take(&mut self, number: u64, keyframe: u64) -> bool {
        let is_linked = number == keyframe || self.0 == Some(Chain { keyframe, next: number });
        self.0 = is_linked.then_some(Chain { keyframe, next: number + 1 });
        is_linked
    }

    /// Something else comes in between.
    pub(crate) fn cut(&mut self) {
        self.0 = None;
    }
}
