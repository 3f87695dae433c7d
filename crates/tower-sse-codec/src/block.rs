//! The block that a decoder is in.

use alloc::string::String;
use core::time::Duration;

use crate::EventRef;

/// What of a block lies in the input of this call, and need not be copied.
#[derive(Clone, Copy, Default)]
pub(crate) struct View<'i> {
    pub(crate) data: Option<&'i str>,
    pub(crate) name: Option<&'i str>,
    pub(crate) id: Option<&'i str>,
}

/// What of a block had to be copied: it lay in an earlier input, or in several places.
#[derive(Clone, Debug, Default)]
pub(crate) struct Block {
    data: Held,
    name: Held,
    id: Held,
    comment: Held,
    retry: Option<Duration>,
    /// Something of it is set.
    held: bool,
}

#[derive(Clone, Debug, Default)]
struct Held {
    text: String,
    is_set: bool,
}

/// Buffers of more bytes are not kept from one block to the next.
pub(crate) const KEPT: usize = 16 << 10;

impl Block {
    #[inline]
    pub(crate) fn add_data<'i>(&mut self, line: &'i str, view: &mut View<'i>, limit: usize) {
        if view.data.is_none() && !self.data.is_set {
            view.data = Some(line);
            return;
        }
        self.held = true;
        if let Some(first) = view.data.take() {
            self.data.add_line(first, limit);
        }
        self.data.add_line(line, limit);
    }

    /// Adds a line of comment, and says where it begins.
    pub(crate) fn add_comment(&mut self, line: &str, limit: usize) -> usize {
        self.held = true;
        self.comment.add_line(line, limit);
        self.comment.text.len() - line.len()
    }

    pub(crate) fn set_retry(&mut self, retry: Duration) {
        self.held = true;
        self.retry = Some(retry);
    }

    /// Copies what the view sees, since its input goes away.
    #[inline]
    pub(crate) fn hold(&mut self, view: &mut View<'_>, limit: usize) {
        if let Some(data) = view.data.take() {
            self.held = true;
            self.data.add_line(data, limit);
        }
        if let Some(name) = view.name.take() {
            self.held = true;
            self.name.set(name, limit);
        }
        if let Some(id) = view.id.take() {
            self.held = true;
            self.id.set(id, limit);
        }
    }

    #[inline]
    pub(crate) fn id<'a, 'i: 'a>(&'a self, view: &View<'i>) -> Option<&'a str> {
        view.id.or(self.id.get())
    }

    /// Whether it sets nothing.
    #[inline]
    pub(crate) fn is_empty(&self, view: &View<'_>) -> bool {
        view.data.is_none()
            && self.id(view).is_none()
            && self.name(view).is_none()
            && !self.data.is_set
            && !self.comment.is_set
            && self.retry.is_none()
    }

    #[inline]
    pub(crate) fn event<'a, 'i: 'a>(&'a self, view: View<'i>) -> EventRef<'a> {
        EventRef {
            data: view.data.or(self.data.get()),
            name: self.name(&view),
            id: self.id(&view),
            retry: self.retry,
            comment: self.comment.get(),
        }
    }

    pub(crate) fn comment_from(&self, start: usize) -> &str {
        &self.comment.text[start..]
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.held {
            self.data.clear();
            self.name.clear();
            self.id.clear();
            self.comment.clear();
            self.retry = None;
            self.held = false;
        }
    }

    #[inline]
    fn name<'a, 'i: 'a>(&'a self, view: &View<'i>) -> Option<&'a str> {
        view.name.or(self.name.get()).filter(|name| !matches!(*name, "" | "message"))
    }
}

impl Held {
    #[inline]
    fn get(&self) -> Option<&str> {
        self.is_set.then_some(&*self.text)
    }

    fn set(&mut self, text: &str, limit: usize) {
        self.text.clear();
        self.is_set = false;
        self.add_line(text, limit);
    }

    fn add_line(&mut self, line: &str, limit: usize) {
        let more = line.len() + 1;
        let spare = self.text.capacity() - self.text.len();
        if more > spare {
            self.text.reserve_exact(growth(self.text.len(), more, limit));
        }
        if self.is_set {
            self.text.push('\n');
        }
        self.text.push_str(line);
        self.is_set = true;
    }

    fn clear(&mut self) {
        self.text.clear();
        self.is_set = false;
        if self.text.capacity() > KEPT {
            self.text = String::new();
        }
    }
}

/// Makes room for so many more bytes. What is held never outgrows the limit, so neither need its
/// buffer, as it would if it doubled freely.
pub(crate) fn growth(len: usize, more: usize, limit: usize) -> usize {
    more.max(len.min(limit.saturating_sub(len)))
}
