//! The last posts, in order, each under an id from which a reader can go on.

use std::collections::VecDeque;

use tower_sse::{Encoded, EventId, LastEventId};

use crate::{Post, Update};

/// How many posts a reader can have missed and still go on where it was.
const KEPT: usize = 1_000;
/// How many posts a reader is shown who comes new.
const SHOWN: usize = 50;

/// The wall of one run of the server. Ids are `<run>.<number>`, so that those of another run, whose
/// posts are gone, are told apart.
pub(crate) struct Wall {
    run: u32,
    posts: VecDeque<Encoded>,
    /// The number of the last post, counted from 1.
    last: u64,
}

impl Wall {
    pub(crate) fn new(run: u32) -> Self {
        Self { run, posts: VecDeque::new(), last: 0 }
    }

    /// Puts a post on the wall, and returns the event that says so.
    pub(crate) fn push(&mut self, post: Post) -> Encoded {
        self.last += 1;
        let event = Update::Post(post).encode_at(self.id(self.last));
        if self.posts.len() == KEPT {
            self.posts.pop_front();
        }
        self.posts.push_back(event.clone());
        event
    }

    /// What brings a reader up to date: exactly the posts that it missed, or, when nobody can tell
    /// which ones these are, the wall anew.
    pub(crate) fn catch_up(&self, seen: &LastEventId) -> Vec<Encoded> {
        if let Some(number) = self.number(seen) {
            return self.after(number).collect();
        }
        let number = self.last - self.posts.len().min(SHOWN) as u64;
        // Its id is the place before the first post, where a reader goes on that gets no further.
        let anew = Update::Wall.encode_at(self.id(number));
        std::iter::once(anew).chain(self.after(number)).collect()
    }

    /// The posts after this one, all of which are kept.
    fn after(&self, number: u64) -> impl Iterator<Item = Encoded> {
        let missed = (self.last - number) as usize;
        self.posts.range(self.posts.len() - missed..).cloned()
    }

    fn id(&self, number: u64) -> EventId {
        let id = format!("{:08x}.{number}", self.run);
        EventId::new(id).expect("hexadecimal digits, a dot and digits are an id")
    }

    /// The number in this id, if every post after it is kept.
    fn number(&self, seen: &LastEventId) -> Option<u64> {
        let (run, number) = seen.id()?.as_str().split_once('.')?;
        let number = number.parse().ok()?;
        let oldest = self.last - self.posts.len() as u64;
        let ours = run == format!("{:08x}", self.run);
        (ours && (oldest..=self.last).contains(&number)).then_some(number)
    }
}

#[cfg(test)]
mod tests;
