//! Where a stream is cut.

use std::fmt;

/// How a stream is cut into chunks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Every so many bytes.
    Bytes(usize),
    /// After each empty line, as a server that flushes after each event sends it.
    Block,
}

impl Cut {
    /// What a reader with a buffer sees, what a packet holds, what a server flushes, little, least.
    pub(crate) const ALL: [Self; 5] =
        [Self::Bytes(16 << 10), Self::Bytes(1460), Self::Block, Self::Bytes(64), Self::BYTE];

    pub(crate) const BYTE: Self = Self::Bytes(1);

    pub(crate) fn chunks(self, stream: &str) -> Vec<&[u8]> {
        match self {
            Self::Bytes(len) => stream.as_bytes().chunks(len).collect(),
            Self::Block => {
                let end = if stream.contains('\r') { "\r\n\r\n" } else { "\n\n" };
                stream.split_inclusive(end).map(str::as_bytes).collect()
            }
        }
    }
}

impl fmt::Display for Cut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes(len) if *len >= 1024 && len.is_power_of_two() => {
                write!(f, "{}k", len >> 10)
            }
            Self::Bytes(len) => write!(f, "{len}"),
            Self::Block => f.write_str("event"),
        }
    }
}
