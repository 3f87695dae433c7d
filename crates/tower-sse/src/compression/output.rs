//! The bytes of a frame in the making.

use bytes::{Bytes, BytesMut};

/// The bytes of a frame in the making. If they come in one piece that is shared, they are not copied.
#[derive(Debug, Default)]
pub(crate) enum Output {
    #[default]
    Empty,
    Lone(Bytes),
    Joined(BytesMut),
}

impl Output {
    /// Adds bytes that are shared.
    pub(crate) fn push(&mut self, bytes: &Bytes) {
        match self {
            Self::Empty => *self = Self::Lone(bytes.clone()),
            _ => self.extend(bytes),
        }
    }

    pub(crate) fn extend(&mut self, bytes: &[u8]) {
        self.joined().extend_from_slice(bytes);
    }

    /// What more is appended to.
    pub(crate) fn joined(&mut self) -> &mut BytesMut {
        if let Self::Empty | Self::Lone(_) = self {
            let lone = std::mem::take(self).take();
            *self = Self::Joined(BytesMut::from(&*lone));
        }
        match self {
            Self::Joined(joined) => joined,
            _ => unreachable!("they were joined"),
        }
    }

    /// Takes the bytes out.
    pub(crate) fn take(&mut self) -> Bytes {
        match std::mem::take(self) {
            Self::Empty => Bytes::new(),
            Self::Lone(lone) => lone,
            Self::Joined(joined) => joined.freeze(),
        }
    }
}
