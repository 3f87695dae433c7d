//! The block that a decoder is in.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use crate::EventRef;

/// What of a block lies in the input of this call, and need not be copied.
#[derive(Clone, Copy, Default)]
pub(crate) struct View<'i> {
    pub(crate) data: Option<&'i [u8]>,
    pub(crate) name: Option<&'i [u8]>,
    pub(crate) id: Option<&'i [u8]>,
}

/// What of a block had to be copied: it lay in an earlier input, or in several places.
#[derive(Clone, Default)]
pub(crate) struct Block {
    data: Lines,
    name: Lines,
    id: Lines,
    comment: Lines,
    retry: Option<Duration>,
    /// Nothing of it is set.
    is_clear: bool,
}

/// Lines, each with an LF at its end: no line is not the same as an empty one.
#[derive(Clone, Default)]
struct Lines(Vec<u8>);

/// Buffers of more bytes are not kept from one block to the next: a connection that is quiet after
/// one large event should not pay for it for ever.
const KEPT: usize = 64 << 10;

impl Block {
    /// Adds a line of data to what there is.
    #[inline]
    pub(crate) fn add_data<'i>(&mut self, line: &'i [u8], view: &mut View<'i>, limit: usize) {
        if view.data.is_none() && self.data.is_empty() {
            view.data = Some(line);
            return;
        }
        self.is_clear = false;
        if let Some(first) = view.data.take() {
            self.data.add(first, limit);
        }
        self.data.add(line, limit);
    }

    /// Adds a part of a line of data.
    pub(crate) fn extend_data(&mut self, part: &[u8], limit: usize) {
        self.is_clear = false;
        // There is always room for the end of the line.
        make_room(&mut self.data.0, part.len() + 1, limit);
        self.data.0.extend_from_slice(part);
    }

    /// Ends the line of data that was added in parts.
    pub(crate) fn end_data(&mut self) {
        self.data.0.push(b'\n');
    }

    /// The data, for those who only make its last line longer.
    pub(crate) fn data_mut(&mut self) -> &mut Vec<u8> {
        &mut self.data.0
    }

    /// By how much the data can grow before its buffer must.
    pub(crate) fn data_room(&self) -> usize {
        self.data.0.capacity() - self.data.0.len()
    }

    /// Adds a line of comment, and says where it begins.
    pub(crate) fn add_comment(&mut self, line: &[u8], limit: usize) -> usize {
        self.is_clear = false;
        self.comment.add(line, limit);
        self.comment.0.len() - line.len() - 1
    }

    pub(crate) fn set_retry(&mut self, retry: Duration) {
        self.is_clear = false;
        self.retry = Some(retry);
    }

    /// Copies what the view sees, since its input goes away.
    #[inline]
    pub(crate) fn hold(&mut self, view: &mut View<'_>, limit: usize) {
        if let Some(data) = view.data.take() {
            self.is_clear = false;
            self.data.add(data, limit);
        }
        if let Some(name) = view.name.take() {
            self.is_clear = false;
            self.name.set(name, limit);
        }
        if let Some(id) = view.id.take() {
            self.is_clear = false;
            self.id.set(id, limit);
        }
    }

    /// Whether nothing of it had to be copied.
    #[inline]
    pub(crate) fn is_clear(&self) -> bool {
        self.is_clear
    }

    /// Whether it sets nothing.
    #[inline]
    pub(crate) fn is_empty(&self, view: &View<'_>) -> bool {
        view.data.is_none()
            && view.id.is_none()
            && self.name(view).is_none()
            && (self.is_clear
                || self.data.is_empty()
                    && self.id.is_empty()
                    && self.comment.is_empty()
                    && self.retry.is_none())
    }

    /// The event, unless what replaces its bytes that are no text makes it grow by more than `left`.
    #[inline]
    pub(crate) fn event<'a, 'i: 'a>(
        &'a self,
        view: &View<'i>,
        mut left: usize,
    ) -> Option<EventRef<'a>> {
        let mut text = |value: Option<&'a [u8]>| match value {
            Some(value) => text(value, &mut left).map(Some),
            None => Some(None),
        };
        if self.is_clear {
            return Some(EventRef {
                data: text(view.data)?,
                name: text(self.name(view))?,
                id: text(view.id)?,
                ..EventRef::default()
            });
        }
        Some(EventRef {
            data: text(view.data.or(self.data.get()))?,
            name: text(self.name(view))?,
            id: text(view.id.or(self.id.get()))?,
            retry: self.retry,
            comment: text(self.comment.get())?,
        })
    }

    /// The comment from this byte on.
    pub(crate) fn comment(&self, start: usize) -> Cow<'_, str> {
        let line = &self.comment.0[start..self.comment.0.len() - 1];
        from_utf8(line).map_or_else(|| replaced(line), Cow::Borrowed)
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        if !self.is_clear {
            self.data.clear();
            self.name.clear();
            self.id.clear();
            self.comment.clear();
            self.retry = None;
            self.is_clear = true;
        }
    }

    #[inline]
    fn name<'a, 'i: 'a>(&'a self, view: &View<'i>) -> Option<&'a [u8]> {
        let name = view.name.or(if self.is_clear { None } else { self.name.get() });
        name.filter(|name| !matches!(*name, b"" | b"message"))
    }
}

impl Lines {
    #[inline]
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What was added, with an LF between any two lines.
    #[inline]
    fn get(&self) -> Option<&[u8]> {
        self.0.split_last().map(|(_, lines)| lines)
    }

    fn set(&mut self, line: &[u8], limit: usize) {
        self.0.clear();
        self.add(line, limit);
    }

    #[inline]
    fn add(&mut self, line: &[u8], limit: usize) {
        make_room(&mut self.0, line.len() + 1, limit);
        self.0.extend_from_slice(line);
        self.0.push(b'\n');
    }

    #[inline]
    fn clear(&mut self) {
        clear(&mut self.0);
    }
}

/// Makes room for so many more bytes.
///
/// What is held never outgrows the limit, so neither need its buffer, as it would if it doubled
/// freely.
#[inline]
pub(crate) fn make_room(buffer: &mut Vec<u8>, more: usize, limit: usize) {
    if more > buffer.capacity() - buffer.len() {
        let double = buffer.len().max(64).min(limit.saturating_sub(buffer.len()));
        buffer.reserve_exact(more.max(double));
    }
}

/// Empties a buffer, and gives it up if it is large.
#[inline]
pub(crate) fn clear(buffer: &mut Vec<u8>) {
    if buffer.capacity() > KEPT {
        *buffer = Vec::new();
    }
    buffer.clear();
}

/// The text, with what is not UTF-8 replaced, unless that makes it grow by more than `left`.
#[inline]
pub(crate) fn text<'a>(value: &'a [u8], left: &mut usize) -> Option<Cow<'a, str>> {
    if let Some(text) = from_utf8(value) {
        return Some(Cow::Borrowed(text));
    }
    *left = left.checked_sub(growth(value))?;
    Some(replaced(value))
}

/// The text, with what is not UTF-8 replaced.
///
/// Line ends and colons are ASCII, so that to replace each value gives what it gives to replace the
/// whole stream.
#[cold]
fn replaced(value: &[u8]) -> Cow<'_, str> {
    let mut text = String::with_capacity(value.len() + growth(value));
    for chunk in value.utf8_chunks() {
        text.push_str(chunk.valid());
        if !chunk.invalid().is_empty() {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Cow::Owned(text)
}

/// By how much the text grows then.
#[cold]
pub(crate) fn growth(value: &[u8]) -> usize {
    let growth = |chunk: core::str::Utf8Chunk<'_>| match chunk.invalid().len() {
        0 => 0,
        len => char::REPLACEMENT_CHARACTER.len_utf8() - len,
    };
    value.utf8_chunks().map(growth).sum()
}

/// The text, if it is UTF-8.
#[inline]
fn from_utf8(value: &[u8]) -> Option<&str> {
    // What is shorter is checked by the time that the processor's vectors are found out.
    #[cfg(feature = "std")]
    if value.len() >= 128 {
        return simdutf8::basic::from_utf8(value).ok();
    }
    core::str::from_utf8(value).ok()
}
