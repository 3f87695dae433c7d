//! Reading the format of WHATWG HTML, sections 9.2.5 (parsing) and 9.2.6 (interpreting).

use alloc::string::String;
use alloc::vec::Vec;
use core::time::Duration;

use memchr::{memchr, memchr2};

use crate::block::{Block, KEPT, View, growth};
use crate::{EventId, EventRef, TooLong};

/// Reads events from the chunks of a stream, however it is cut.
///
/// It does no I/O: whoever has bytes feeds them, and takes out what is whole. Nothing in the input
/// is an error but its size; what is not UTF-8 is replaced, as the standard says.
///
/// # Examples
/// ```
/// use tower_sse_codec::{Decoded, Decoder, Event};
///
/// let mut decoder = Decoder::new();
/// let mut seen = Vec::new();
/// for chunk in ["id: 7\ndata: he", "llo\n", "\n: alive\n"] {
///     let mut input = chunk.as_bytes();
///     while let Some(decoded) = decoder.next(&mut input) {
///         match decoded? {
///             Decoded::Event(event) => seen.push(event.data().unwrap_or_default().to_owned()),
///             Decoded::Comment(text) => assert_eq!(text, "alive"),
///             _ => {}
///         }
///     }
/// }
/// assert_eq!(seen, ["hello"]);
/// assert_eq!(decoder.last_event_id(), "7");
/// # Ok::<(), tower_sse_codec::TooLong>(())
/// ```
///
/// # Bounds
/// A line may have [`MAX_LINE`](Decoder::MAX_LINE) bytes, and a block [`MAX_EVENT`](Decoder::MAX_EVENT),
/// unless it is told otherwise. This is known before memory grows: a stream makes the decoder hold no
/// more than a block, and nothing of a block that lies in one chunk.
#[derive(Clone, Debug)]
#[must_use]
pub struct Decoder {
    max_line: usize,
    max_event: usize,
    /// The start of a line whose end is still to come.
    line: Vec<u8>,
    block: Block,
    /// The bytes of the lines of the block, with one for the end of each.
    taken: usize,
    /// No line has ended yet, so there may be a BOM before the first.
    first: bool,
    /// The last line ended with a CR at the very end of the input: an LF would belong to it.
    after_cr: bool,
    /// The block was given away and is still in its place.
    given: bool,
    skip: Skip,
    last_event_id: String,
    retry: Option<Duration>,
}

/// What a [`Decoder`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded<'a> {
    /// A line of comment, as soon as it ended. The event of its block, if one comes, has it as well.
    Comment(&'a str),
    /// A block, as soon as the empty line after it came, unless there was nothing in it.
    ///
    /// A browser dispatches it if it has data.
    Event(EventRef<'a>),
}

/// Whether a block that is too long is being skipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Skip {
    No,
    /// Yes, and an empty line ends it.
    AtLine,
    /// Yes, and the next line end is the end of a line that is not empty.
    InLine,
}

/// What ends a call, apart from what borrows from the decoder.
enum End {
    /// The input is used up.
    Input,
    /// A comment ended, which lies in the block's comment from here on.
    Comment(usize),
    Event,
    TooLong(TooLong),
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

impl Decoder {
    /// The most bytes that a line may have unless told otherwise, without its end: 8 MiB.
    pub const MAX_LINE: usize = 8 << 20;

    /// The most bytes that a block may have unless told otherwise: 16 MiB.
    pub const MAX_EVENT: usize = 16 << 20;

    /// A decoder for a stream of which nothing is known.
    pub fn new() -> Self {
        Self {
            max_line: Self::MAX_LINE,
            max_event: Self::MAX_EVENT,
            line: Vec::new(),
            block: Block::default(),
            taken: 0,
            first: true,
            after_cr: false,
            given: false,
            skip: Skip::No,
            last_event_id: String::new(),
            retry: None,
        }
    }

    /// Sets how many bytes a line may have, without its end.
    pub fn with_max_line(mut self, bytes: usize) -> Self {
        self.max_line = bytes;
        self
    }

    /// Sets how many bytes the lines of a block may have together, with one for the end of each.
    ///
    /// All lines count, also those that mean nothing. A byte that is not UTF-8 counts as what
    /// replaces it.
    pub fn with_max_event(mut self, bytes: usize) -> Self {
        self.max_event = bytes;
        self
    }

    /// Sets the last event id, when events have been seen before.
    pub fn with_last_event_id(mut self, id: &EventId) -> Self {
        self.last_event_id = id.as_str().into();
        self
    }

    /// Takes the next thing out of `input`, which then begins behind it; nothing when all of it is
    /// used up.
    ///
    /// A lone CR ends a line at once, without a look at the byte after it. What is found does not
    /// depend on where the input is cut, only how soon.
    ///
    /// # Errors
    /// When a line or a block is too long, as soon as that is sure. The rest of that block is then
    /// skipped, its id is not the last event id, and what follows it can be read.
    pub fn next<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
    ) -> Option<Result<Decoded<'a>, TooLong>> {
        let mut view = View::default();
        match self.advance(input, &mut view) {
            End::Input => None,
            End::Comment(start) => Some(Ok(Decoded::Comment(self.block.comment_from(start)))),
            End::Event => Some(Ok(Decoded::Event(self.block.event(view)))),
            End::TooLong(error) => Some(Err(error)),
        }
    }

    /// The last event id, which a client sends when it reconnects; empty when there is none.
    ///
    /// It moves when a block ends, with data or without.
    pub fn last_event_id(&self) -> &str {
        &self.last_event_id
    }

    /// How long the server wants clients to wait before they reconnect: its last `retry`, to the
    /// letter, up to 2⁶⁴ - 1 ms.
    ///
    /// It moves as soon as the line has ended.
    pub fn retry(&self) -> Option<Duration> {
        self.retry
    }

    /// Prepares for the stream of a new connection: the block that has not ended is forgotten. The
    /// last event id and the retry stay.
    pub fn reconnect(&mut self) {
        self.forget();
        self.first = true;
        self.after_cr = false;
        self.skip = Skip::No;
    }

    fn advance<'i>(&mut self, input: &mut &'i [u8], view: &mut View<'i>) -> End {
        if self.given {
            self.forget();
        }
        if self.after_cr && !input.is_empty() {
            *input = input.strip_prefix(b"\n").unwrap_or(input);
            self.after_cr = false;
        }
        if self.skip != Skip::No {
            self.skip(input);
        }
        if !self.line.is_empty() {
            let Some(tail) = self.split_line(input) else {
                return self.carry(input);
            };
            if let Some(error) = self.excess(self.line.len() + tail.len()) {
                return self.give_up(error, Skip::AtLine);
            }
            self.extend_line(tail);
            let line = core::mem::take(&mut self.line);
            let mut carried = View::default();
            let end = self.interpret(&line, &mut carried);
            self.block.hold(&mut carried, self.max_event);
            self.line = line;
            self.clear_line();
            if let Some(end) = end {
                return end;
            }
        }
        while let Some(line) = self.split_line(input) {
            if let Some(end) = self.interpret(line, view) {
                return end;
            }
        }
        self.block.hold(view, self.max_event);
        self.carry(input)
    }

    /// Takes a line, if its end is here.
    #[inline]
    fn split_line<'i>(&mut self, input: &mut &'i [u8]) -> Option<&'i [u8]> {
        let end = memchr2(b'\n', b'\r', input)?;
        let (line, mut rest) = (&input[..end], &input[end + 1..]);
        if input[end] == b'\r' {
            self.after_cr = rest.is_empty();
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        *input = rest;
        Some(line)
    }

    /// Keeps the start of a line until its end comes.
    fn carry(&mut self, input: &mut &[u8]) -> End {
        if let Some(error) = self.excess(self.line.len() + input.len()) {
            return self.give_up(error, Skip::InLine);
        }
        self.extend_line(input);
        *input = &[];
        End::Input
    }

    fn extend_line(&mut self, part: &[u8]) {
        if part.len() > self.line.capacity() - self.line.len() {
            let limit = self.max_line.min(self.max_event);
            self.line.reserve_exact(growth(self.line.len(), part.len(), limit));
        }
        self.line.extend_from_slice(part);
    }

    fn clear_line(&mut self) {
        self.line.clear();
        if self.line.capacity() > KEPT {
            self.line = Vec::new();
        }
    }

    /// Does what a line says. It says where the call ends, if it does.
    #[inline]
    fn interpret<'i>(&mut self, line: &'i [u8], view: &mut View<'i>) -> Option<End> {
        let line = if self.first {
            self.first = false;
            line.strip_prefix(BOM).unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            return self.dispatch(view);
        }
        if let Some(error) = self.excess(line.len()) {
            return Some(self.give_up(error, Skip::AtLine));
        }
        self.taken += line.len() + 1;

        let field = match line[0] {
            b'd' => value(line, b"data").map(|value| (Field::Data, value)),
            b'e' => value(line, b"event").map(|value| (Field::Name, value)),
            b'i' => value(line, b"id").map(|value| (Field::Id, value)),
            b':' => value(line, b"").map(|value| (Field::Comment, value)),
            b'r' => {
                if let Some(retry) = value(line, b"retry").and_then(milliseconds) {
                    self.retry = Some(retry);
                    self.block.set_retry(retry);
                }
                None
            }
            _ => None,
        };
        let (field, value) = field?;
        match core::str::from_utf8(value) {
            Ok(text) => self.set(field, text, view),
            Err(_) => self.set_replaced(field, value, view),
        }
    }

    #[inline]
    fn set<'i>(&mut self, field: Field, text: &'i str, view: &mut View<'i>) -> Option<End> {
        match field {
            Field::Data => self.block.add_data(text, view, self.max_event),
            Field::Name => view.name = Some(text),
            Field::Id if memchr(0, text.as_bytes()).is_some() => {}
            Field::Id => view.id = Some(text),
            Field::Comment => {
                // The input may be gone when the rest of the block comes.
                self.block.hold(view, self.max_event);
                return Some(End::Comment(self.block.add_comment(text, self.max_event)));
            }
        }
        None
    }

    /// Sets what is not UTF-8.
    ///
    /// Line ends and colons are ASCII, so that to replace each value gives what it gives to replace
    /// the whole stream.
    #[cold]
    fn set_replaced(&mut self, field: Field, value: &[u8], view: &mut View<'_>) -> Option<End> {
        let chunks = value.utf8_chunks();
        let len = |chunk: core::str::Utf8Chunk<'_>| {
            chunk.valid().len() + if chunk.invalid().is_empty() { 0 } else { "\u{FFFD}".len() }
        };
        let more = chunks.map(len).sum::<usize>() - value.len();
        if self.taken + more > self.max_event {
            let error = TooLong::Event { limit: self.max_event };
            return Some(self.give_up(error, Skip::AtLine));
        }
        self.taken += more;
        self.block.hold(view, self.max_event);
        let text = String::from_utf8_lossy(value);
        let mut replaced = View::default();
        let end = self.set(field, &text, &mut replaced);
        self.block.hold(&mut replaced, self.max_event);
        end
    }

    #[inline]
    fn dispatch(&mut self, view: &mut View<'_>) -> Option<End> {
        self.taken = 0;
        if let Some(id) = self.block.id(view) {
            self.last_event_id.clear();
            self.last_event_id.push_str(id);
        }
        if self.block.is_empty(view) {
            self.forget();
            *view = View::default();
            return None;
        }
        self.given = true;
        Some(End::Event)
    }

    /// What is too long if the line has so many bytes.
    #[inline]
    fn excess(&self, line: usize) -> Option<TooLong> {
        // The end of the line counts as well.
        let room = self.max_event.saturating_sub(self.taken).saturating_sub(1);
        if line <= self.max_line.min(room) {
            None
        } else if self.max_line <= room {
            Some(TooLong::Line { limit: self.max_line })
        } else {
            Some(TooLong::Event { limit: self.max_event })
        }
    }

    #[cold]
    fn give_up(&mut self, error: TooLong, skip: Skip) -> End {
        self.forget();
        self.first = false;
        self.skip = skip;
        End::TooLong(error)
    }

    #[cold]
    fn skip(&mut self, input: &mut &[u8]) {
        while let Some(line) = self.split_line(input) {
            if line.is_empty() && self.skip == Skip::AtLine {
                self.skip = Skip::No;
                return;
            }
            self.skip = Skip::AtLine;
        }
        if !input.is_empty() {
            self.skip = Skip::InLine;
            *input = &[];
        }
    }

    #[inline]
    fn forget(&mut self) {
        self.given = false;
        self.taken = 0;
        self.clear_line();
        self.block.clear();
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}

#[derive(Clone, Copy)]
enum Field {
    Data,
    Name,
    Id,
    Comment,
}

/// The value of a field, if the line is one with that name.
#[inline]
fn value<'l>(line: &'l [u8], name: &[u8]) -> Option<&'l [u8]> {
    match line.strip_prefix(name)? {
        [b':', b' ', value @ ..] | [b':', value @ ..] | value @ [] => Some(value),
        _ => None,
    }
}

fn milliseconds(value: &[u8]) -> Option<Duration> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let add = |ms: u64, digit: &u8| ms.saturating_mul(10).saturating_add(u64::from(digit - b'0'));
    Some(Duration::from_millis(value.iter().fold(0, add)))
}
