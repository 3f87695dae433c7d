//! What a hub needs of a log.

mod memory;
#[cfg(feature = "log-suite")]
pub mod suite;

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::SystemTime;

use tower_sse_codec::{Event, Text};

pub use memory::{AppendFault, MemoryLog, Outage};

use crate::{Mark, TopicName};

/// A future of a [`Log`]: there is one for a page of entries, so that its box costs nothing.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

type BoxError = Box<dyn Error + Send + Sync>;

/// An ordered log that hubs on several machines share: what one publishes, all deliver.
///
/// A log remembers, the hub delivers. So a log does not try again by itself, holds nothing back in
/// buffers without bound, and never hides that entries are missing. Reconnecting, patience, and the
/// dropping of what comes twice are the hub's.
///
/// Every entry has a [`Mark`]: a position, given by the log and greater than those before, and a
/// check, by which this very entry can be told from another that got the same position after the
/// log had lost its end. The check must not depend on what is in the entry: it goes to clients who
/// may not see that.
///
/// An entry that was written by somebody else, or by a newer version, is skipped and counted, and
/// is never an error.
pub trait Log: Send + Sync + 'static {
    /// Says what the log is, and how far it reaches now. The hub asks when it begins, and each time
    /// before it goes on after a break.
    ///
    /// # Errors
    /// When the log is out of reach. The hub waits for this, for `read` and for `tail` without a bound
    /// of its own, so none of them may hang.
    fn open(&self) -> BoxFuture<'_, Result<Opened, LogError>>;

    /// Adds an entry at the end.
    ///
    /// It is stored as durably as the log is set up to.
    ///
    /// # Errors
    /// When the entry is not stored, or may not be: see [`AppendError`].
    ///
    /// # Cancel safety
    /// When the future is dropped before it ends, the entry may be stored or not. The hub drops it
    /// after [`Builder::with_publish_timeout`](crate::Builder::with_publish_timeout).
    fn append(&self, entry: NewEntry) -> BoxFuture<'_, Result<Appended, AppendError>>;

    /// Reads up to so many entries.
    ///
    /// After a mark, it must look whether the entry of that mark is there with its check, or is
    /// known to have been the last before the oldest: else continuity is [`Broken`].
    ///
    /// # Errors
    /// When the log is out of reach. That entries are missing is no error.
    fn read(&self, from: ReadFrom, most: usize) -> BoxFuture<'_, Result<Page, LogError>>;

    /// Follows the log: what comes after this mark, as it comes.
    ///
    /// # Errors
    /// When the log is out of reach.
    fn tail(&self, after: Mark) -> BoxFuture<'_, Result<Box<dyn Tail>, LogError>>;
}

/// The end of a [`Log`], as it grows.
pub trait Tail: Send {
    /// The next entries. At least once in a second or so there is a page, an empty one if need be:
    /// it is proof of life. Entries from before the mark may be among them; the hub drops them.
    ///
    /// # Errors
    /// When the log is out of reach, or has given no sign of life for too long. Then the tail is
    /// dropped, and the log opened again.
    ///
    /// # Cancel safety
    /// Nothing is lost when the future is dropped.
    fn next(&mut self) -> BoxFuture<'_, Result<Page, LogError>>;
}

/// What a log is, and how far it reaches.
#[derive(Clone, Debug, Default)]
pub struct Opened {
    /// The name of the log and of its incarnation, in up to 12 digits and lower case letters. Where
    /// positions begin anew, it must be another.
    pub tag: String,
    /// The oldest entry that is kept.
    pub oldest: Option<Mark>,
    /// The newest entry there ever was; the default when there was none.
    pub newest: Mark,
    /// What is set up in a way that loses entries, or will: the hub traces it.
    pub warnings: Vec<String>,
}

/// Where to begin to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadFrom {
    /// After this entry.
    After(Mark),
    /// With the oldest entry that is kept.
    Oldest,
    /// With the last entries that are kept, as many as are asked for.
    Newest,
}

/// What was read of a log.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// Entries, in their order.
    pub entries: Vec<Entry>,
    /// Up to where the log was looked through: the last entry, or one that was skipped after it, or
    /// the place that was asked for.
    pub upto: Mark,
    /// Why this does not continue what was asked for without a hole; `None` if it does.
    pub continuity: Option<Broken>,
    /// Whether nothing comes after this, for now.
    pub at_head: bool,
    /// How many entries were skipped, since nobody here can read them.
    pub skipped: usize,
}

/// Why what was read does not continue what was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Broken {
    /// Entries in between are no longer kept.
    Trimmed,
    /// The log does not know the entry after which it was asked to read: it has lost its end, or
    /// has begun anew.
    Reset,
}

/// An entry of a log.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Where it is.
    pub mark: Mark,
    /// Its topic.
    pub topic: TopicName,
    /// What it says.
    pub content: Content,
    /// When it was stored, by the clock of whoever stored it, if that is known.
    pub stored_at: Option<SystemTime>,
}

/// What an entry says.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// An event, which has no id yet.
    Event(Event),
    /// The topic is finished.
    End,
}

/// An entry to be.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct NewEntry {
    /// Its topic.
    pub topic: TopicName,
    /// What it says.
    pub content: Content,
    /// Another entry with the same one, shortly before, is this one: it is not stored again.
    pub message_id: Option<Text>,
}

/// An entry was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Where it is.
    pub mark: Mark,
    /// It was there already, by its message id.
    pub duplicate: bool,
}

/// An entry was not stored, as far as is known.
#[derive(Debug)]
pub struct AppendError {
    kind: AppendErrorKind,
    source: Option<BoxError>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum AppendErrorKind {
    Refused,
    TooLarge,
    Unavailable { maybe_stored: bool },
}

/// A log could not be read.
#[derive(Debug)]
pub struct LogError {
    is_fatal: bool,
    source: BoxError,
}

impl Page {
    /// Where the page begins: what comes up to there is not in it. It is a place between entries, and
    /// no id is made of it, unless the page is empty.
    pub(crate) fn before(&self) -> Mark {
        let first = self.entries.first();
        first.map_or(self.upto, |first| Mark { position: first.mark.position.before(), check: 0 })
    }
}

impl NewEntry {
    /// An entry that says this in this topic.
    pub fn new(topic: TopicName, content: Content, message_id: Option<Text>) -> Self {
        Self { topic, content, message_id }
    }
}

impl AppendError {
    /// The log does not take this entry, and will not later.
    pub fn refused(why: impl Into<BoxError>) -> Self {
        Self { kind: AppendErrorKind::Refused, source: Some(why.into()) }
    }

    /// The entry is larger than what the log takes.
    pub fn too_large() -> Self {
        Self { kind: AppendErrorKind::TooLarge, source: None }
    }

    /// The log did not answer. What was sent before that may be stored.
    pub fn unavailable(maybe_stored: bool, why: impl Into<BoxError>) -> Self {
        Self { kind: AppendErrorKind::Unavailable { maybe_stored }, source: Some(why.into()) }
    }

    /// Whether the log does not take this entry, and will not later.
    pub fn is_refused(&self) -> bool {
        self.kind == AppendErrorKind::Refused
    }

    /// Whether the entry is larger than what the log takes.
    pub fn is_too_large(&self) -> bool {
        self.kind == AppendErrorKind::TooLarge
    }

    /// Whether the entry may be stored nevertheless: who tries again without a message id may store it twice.
    pub fn is_maybe_stored(&self) -> bool {
        self.kind == AppendErrorKind::Unavailable { maybe_stored: true }
    }
}

impl LogError {
    /// It may be better the next time.
    pub fn transient(why: impl Into<BoxError>) -> Self {
        Self { is_fatal: false, source: why.into() }
    }

    /// Somebody has to do something: a wrong password, a log of the wrong kind.
    pub fn fatal(why: impl Into<BoxError>) -> Self {
        Self { is_fatal: true, source: why.into() }
    }

    /// Whether it will not be better by itself.
    pub fn is_fatal(&self) -> bool {
        self.is_fatal
    }

    /// What the log said.
    pub(crate) fn cause(&self) -> String {
        self.source.to_string()
    }
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            AppendErrorKind::Refused => "log refused the entry",
            AppendErrorKind::TooLarge => "entry is larger than the log takes",
            AppendErrorKind::Unavailable { maybe_stored: true } => {
                "log did not answer, and may have stored the entry"
            }
            AppendErrorKind::Unavailable { maybe_stored: false } => "log cannot take the entry now",
        })
    }
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_fatal { "log cannot be used" } else { "log cannot be read now" })
    }
}

impl Error for AppendError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
    }
}

impl Error for LogError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
