//! Reading the format of WHATWG HTML, sections 9.2.5 (parsing) and 9.2.6 (interpreting).

mod partial;
mod splitter;

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;
use core::time::Duration;

use memchr::memchr2;

use crate::block::{Block, View, growth};
use crate::budget::Budget;
use crate::field::Field;
use crate::{EventId, EventRef, TooLong};
use partial::Partial;
use splitter::Splitter;

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
/// unless it is told otherwise. This is known before memory grows: the decoder holds no more than
/// the block that it is in, or twice that if several parts of it are long, and nothing of an event
/// that lies in one chunk.
#[derive(Clone)]
#[must_use]
pub struct Decoder {
    budget: Budget,
    splitter: Splitter,
    line: Partial,
    block: Block,
    /// The block was given away and is still in its place.
    given: bool,
    /// A block begins here, and nothing at all is kept from before.
    is_plain: bool,
    skip: Skip,
    last_event_id: String,
    retry: Option<Duration>,
}

/// What a [`Decoder`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decoded<'a> {
    /// A line of comment, as soon as it ended. The event of its block, if one comes, has it as well.
    Comment(Cow<'a, str>),
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
    /// The block has ended, and something is in it. So many bytes may it still grow.
    Block(usize),
    TooLong(TooLong),
}

impl Decoder {
    /// The most bytes that a line may have unless told otherwise, without its end: 16 MiB.
    pub const MAX_LINE: usize = 16 << 20;

    /// The most bytes that a block may have unless told otherwise: 32 MiB.
    pub const MAX_EVENT: usize = 32 << 20;

    /// A decoder for a stream of which nothing is known.
    pub fn new() -> Self {
        Self {
            budget: Budget::new(Self::MAX_LINE, Self::MAX_EVENT),
            splitter: Splitter::new(),
            line: Partial::default(),
            block: Block::default(),
            given: false,
            is_plain: false,
            skip: Skip::No,
            last_event_id: String::new(),
            retry: None,
        }
    }

    /// Sets how many bytes a line may have, without its end.
    pub fn with_max_line(mut self, bytes: usize) -> Self {
        self.budget.set_max_line(bytes);
        self.line.look_at_limits();
        self
    }

    /// Sets how many bytes the lines of a block may have together, with one for the end of each.
    ///
    /// All lines count, also those that mean nothing. A byte that is not UTF-8 counts as what
    /// replaces it.
    pub fn with_max_event(mut self, bytes: usize) -> Self {
        self.budget.set_max_event(bytes);
        self.line.look_at_limits();
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
    #[inline]
    pub fn next<'a, 'i: 'a>(
        &'a mut self,
        input: &mut &'i [u8],
    ) -> Option<Result<Decoded<'a>, TooLong>> {
        if input.is_empty() || self.line.extend(input, &mut self.block) {
            return None;
        }
        if self.is_plain {
            if let Some((data, left)) = self.split_event(input) {
                let event = EventRef::with_data(data, left);
                return Some(event.map(Decoded::Event).ok_or(self.budget.event_too_long()));
            }
        }
        let mut view = View::default();
        let event = match self.advance(input, &mut view) {
            End::Input => return None,
            End::Comment(start) => return Some(Ok(Decoded::Comment(self.block.comment(start)))),
            End::Block(left) => self.block.event(&view, left),
            End::TooLong(error) => return Some(Err(error)),
        };
        let Some(event) = event else {
            return Some(Err(self.budget.event_too_long()));
        };
        if let Some(id) = event.id() {
            self.last_event_id.clear();
            self.last_event_id.push_str(id);
        }
        Some(Ok(Decoded::Event(event)))
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
        self.is_plain = false;
        self.line.clear();
        self.splitter = Splitter::new();
        self.skip = Skip::No;
    }

    /// Takes an event that is nothing but a line of data, as most are in most streams, if it lies
    /// whole in the input: it need not go through the block. Gives the data, and how many bytes it
    /// may still grow.
    #[inline]
    fn split_event<'i>(&mut self, input: &mut &'i [u8]) -> Option<(&'i [u8], usize)> {
        let value = input.strip_prefix(b"data:")?;
        let (data, end) = value.split_at(memchr2(b'\n', b'\r', value)?);
        let ([b'\n', b'\n', rest @ ..] | [b'\r', b'\n', b'\r', b'\n', rest @ ..]) = end else {
            return None;
        };
        let len = input.len() - value.len() + data.len();
        if self.budget.excess(len).is_some() {
            return None;
        }
        *input = rest;
        Some((data.strip_prefix(b" ").unwrap_or(data), self.budget.left() - len - 1))
    }

    fn advance<'i>(&mut self, input: &mut &'i [u8], view: &mut View<'i>) -> End {
        self.is_plain = false;
        if self.given {
            self.forget();
        }
        if let Some(start) = self.splitter.begin(input) {
            self.line.begin(start);
        }
        if self.skip != Skip::No {
            self.skip(input);
        }
        if self.line.len() > 0 {
            if let Some(end) = self.finish_line(input) {
                return end;
            }
        }
        while let Some(line) = self.splitter.next(input) {
            if let Some(end) = self.interpret(line, view) {
                return end;
            }
        }
        self.block.hold(view, self.budget.max());
        self.carry(input)
    }

    /// Goes on with the line of which the start was kept.
    #[inline(never)]
    fn finish_line(&mut self, input: &mut &[u8]) -> Option<End> {
        let Some(tail) = self.splitter.next(input) else {
            return Some(self.carry(input));
        };
        let len = self.line.len() + tail.len();
        if let Some(error) = self.budget.excess(len) {
            return Some(self.give_up(error, Skip::AtLine));
        }
        let Some(line) = self.line.finish(tail, &mut self.block, &self.budget) else {
            self.budget.take(len);
            return None;
        };
        let mut view = View::default();
        let end = self.interpret(&line, &mut view);
        self.block.hold(&mut view, self.budget.max());
        self.line.give_back(line);
        end
    }

    /// Keeps the start of a line until its end comes.
    fn carry(&mut self, input: &mut &[u8]) -> End {
        if input.is_empty() {
            return End::Input;
        }
        if let Some(error) = self.budget.excess(self.line.len() + input.len()) {
            return self.give_up(error, Skip::InLine);
        }
        self.line.add(input, &mut self.block, &self.budget);
        *input = &[];
        End::Input
    }

    /// Does what a line says. It says where the call ends, if it does.
    #[inline]
    fn interpret<'i>(&mut self, line: &'i [u8], view: &mut View<'i>) -> Option<End> {
        if line.is_empty() {
            return self.dispatch(view);
        }
        if let Some(error) = self.budget.excess(line.len()) {
            return Some(self.give_up(error, Skip::AtLine));
        }
        self.budget.take(line.len());

        match Field::read(line) {
            Field::Data(value) => self.block.add_data(value, view, self.budget.max()),
            Field::Name(value) => view.name = Some(value),
            Field::Id(value) => view.id = Some(value),
            Field::Retry(retry) => {
                self.retry = Some(retry);
                self.block.set_retry(retry);
            }
            Field::Comment(text) => return Some(self.comment(text, view)),
            Field::Nothing => {}
        }
        None
    }

    fn comment(&mut self, text: &[u8], view: &mut View<'_>) -> End {
        // What is replaced becomes three times as long at most: most need not be looked at.
        let left = self.budget.left();
        if 2 * text.len() > left && growth(text) > left {
            return self.give_up(self.budget.event_too_long(), Skip::AtLine);
        }
        // The input may be gone when the rest of the block comes.
        self.block.hold(view, self.budget.max());
        End::Comment(self.block.add_comment(text, self.budget.max()))
    }

    #[inline]
    fn dispatch(&mut self, view: &mut View<'_>) -> Option<End> {
        if self.block.is_empty(view) {
            self.forget();
            *view = View::default();
            return None;
        }
        let left = self.budget.left();
        self.budget.restore();
        self.given = !self.block.is_clear();
        self.is_plain = !self.given && !self.splitter.is_after_cr();
        Some(End::Block(left))
    }

    #[cold]
    fn give_up(&mut self, error: TooLong, skip: Skip) -> End {
        self.forget();
        self.is_plain = false;
        self.line = Partial::default();
        self.skip = skip;
        End::TooLong(error)
    }

    #[cold]
    fn skip(&mut self, input: &mut &[u8]) {
        while let Some(line) = self.splitter.next(input) {
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
        self.budget.restore();
        self.block.clear();
    }
}

// What it holds is data of users, of which there may be megabytes.
impl fmt::Debug for Decoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Decoder")
            .field("last_event_id", &self.last_event_id)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new()
    }
}
