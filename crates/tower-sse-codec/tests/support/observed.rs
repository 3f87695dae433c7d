//! All that a decoder shows, written down.

use std::time::Duration;

use conformance::oracle::{self, Dispatched};
use tower_sse_codec::{Decoded, Decoder, EventRef, TooLong};

/// What has come out of a decoder, and where it stands.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Observed {
    pub(crate) items: Vec<Item>,
    pub(crate) last_event_id: String,
    pub(crate) retry: Option<Duration>,
}

/// One thing out of a decoder.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Item {
    Comment(String),
    Event(Block),
    TooLong(Limit),
}

/// The limit that was passed: a test cannot make a `TooLong`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Limit {
    Line(usize),
    Event(usize),
}

/// One block, and the last event id after it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Block {
    pub(crate) data: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) id: Option<String>,
    pub(crate) retry: Option<Duration>,
    pub(crate) comment: Option<String>,
    pub(crate) last_event_id: String,
}

impl Observed {
    /// What `decoder` makes of a stream that comes in these pieces.
    pub(crate) fn of<'p>(mut decoder: Decoder, pieces: impl IntoIterator<Item = &'p [u8]>) -> Self {
        let mut seen = Self::default();
        for piece in pieces {
            seen.feed(&mut decoder, piece);
        }
        seen.last_event_id = decoder.last_event_id().to_owned();
        seen.retry = decoder.retry();
        seen
    }

    /// Feeds one piece, to its end.
    ///
    /// # Panics
    /// When nothing is taken from the input for ever, or the last of it is left there.
    pub(crate) fn feed(&mut self, decoder: &mut Decoder, mut input: &[u8]) {
        let mut left = input.len();
        let mut stood = false;
        while let Some(item) = decoder.next(&mut input) {
            let mut item = Item::from(item);
            if let Item::Event(block) = &mut item {
                block.last_event_id = decoder.last_event_id().to_owned();
            }
            // An error may leave the byte that passed the limit, to be skipped by the next call.
            let stands = input.len() == left;
            assert!(!stands || matches!(item, Item::TooLong(_)), "{item:?} took nothing");
            assert!(!(stands && stood), "two items took nothing");
            (left, stood) = (input.len(), stands);
            self.items.push(item);
        }
        assert!(input.is_empty(), "wants more and has not read {:?}", input.escape_ascii());
    }

    /// The same as the oracle tells it, which sees neither blocks without data nor limits.
    pub(crate) fn decoded(&self) -> oracle::Decoded {
        let mut seen = oracle::Decoded {
            last_event_id: self.last_event_id.clone(),
            retry_ms: self.retry.map(|retry| {
                retry.as_millis().try_into().expect("a retry is at most u64::MAX milliseconds")
            }),
            ..oracle::Decoded::default()
        };
        for item in &self.items {
            match item {
                Item::Comment(text) => seen.comments.push(text.clone()),
                Item::Event(block) => seen.events.extend(block.dispatched()),
                Item::TooLong(limit) => panic!("{limit:?}"),
            }
        }
        seen
    }
}

impl Block {
    fn dispatched(&self) -> Option<Dispatched> {
        let data = self.data.clone()?;
        let name = self.name.as_deref().unwrap_or("message").to_owned();
        Some(Dispatched { name, data, id: self.last_event_id.clone() })
    }
}

impl From<Result<Decoded<'_>, TooLong>> for Item {
    fn from(item: Result<Decoded<'_>, TooLong>) -> Self {
        match item {
            Ok(Decoded::Comment(text)) => Self::Comment(text.into()),
            Ok(Decoded::Event(event)) => Self::Event(event.into()),
            Ok(other) => panic!("{other:?} is not known here"),
            Err(TooLong::Line { limit, .. }) => Self::TooLong(Limit::Line(limit)),
            Err(TooLong::Event { limit, .. }) => Self::TooLong(Limit::Event(limit)),
            Err(other) => panic!("{other:?} is not known here"),
        }
    }
}

impl From<EventRef<'_>> for Block {
    fn from(event: EventRef<'_>) -> Self {
        Self {
            data: event.data().map(str::to_owned),
            name: event.name().map(str::to_owned),
            id: event.id().map(str::to_owned),
            retry: event.retry(),
            comment: event.comment().map(str::to_owned),
            last_event_id: String::new(),
        }
    }
}

/// After how many bytes each item came out, when the bytes came one by one.
pub(crate) fn arrivals(mut decoder: Decoder, body: &[u8]) -> Vec<usize> {
    let mut seen = Observed::default();
    let mut arrivals = Vec::new();
    for (before, byte) in body.chunks(1).enumerate() {
        seen.feed(&mut decoder, byte);
        arrivals.resize(seen.items.len(), before + 1);
    }
    arrivals
}

/// What the oracle tells of comments to the letter, as a decoder shows it: without one space.
pub(crate) fn without_space(mut decoded: oracle::Decoded) -> oracle::Decoded {
    for comment in &mut decoded.comments {
        *comment = comment.strip_prefix(' ').unwrap_or(comment).to_owned();
    }
    decoded
}
