//! What a client sent as `Last-Event-ID`.

use crate::EventId;

/// What a client sent as `Last-Event-ID`.
///
/// Unusable is not absent: a client that sent something did see events, so who cannot tell which
/// ones must say that some may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum LastEventId {
    /// Nothing, or the empty text: a first connection, or one that was told to forget its id.
    #[default]
    Absent,
    /// The id of the last event that the client saw.
    Id(EventId),
    /// Something that is no id: longer than [`MAX_LEN`](LastEventId::MAX_LEN), not UTF-8, or with
    /// a line break or NUL in it.
    Unusable,
}

impl LastEventId {
    /// The longest id that is taken, in bytes.
    pub const MAX_LEN: usize = 1024;

    /// Reads the value of a `Last-Event-ID` header, which the standard sends as UTF-8.
    ///
    /// Never fails: what is no id is [`Unusable`](LastEventId::Unusable).
    pub fn from_bytes(value: &[u8]) -> Self {
        if value.is_empty() {
            return Self::Absent;
        }
        if value.len() > Self::MAX_LEN {
            return Self::Unusable;
        }
        match core::str::from_utf8(value).map(EventId::new) {
            Ok(Ok(id)) => Self::Id(id),
            _ => Self::Unusable,
        }
    }

    /// The id, if there is a usable one.
    pub fn id(&self) -> Option<&EventId> {
        match self {
            Self::Id(id) => Some(id),
            _ => None,
        }
    }
}
