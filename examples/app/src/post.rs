//! One text on the wall, and how it is read from a request.

use bytes::{Buf, BufMut};
use futures_util::{Stream, StreamExt};
use http::StatusCode;
use serde::Serialize;

use crate::Moment;

/// A text on the wall.
#[derive(Clone, Debug, Serialize)]
pub struct Post {
    pub(crate) at: Moment,
    pub(crate) text: String,
}

/// Why a text does not go on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Blank,
    NotUtf8,
    TooLong,
    Broken,
}

/// The longest text, in characters (Unicode scalar values).
const MAX_CHARS: usize = 1_000;
/// What is longer is not kept to be counted: no character takes more than four bytes.
const MAX_BYTES: usize = MAX_CHARS * 4;
/// How much is taken before the sender is cut off. Many a client that is answered while it still
/// sends does not see the answer.
const MAX_READ: usize = 16 << 20;

/// Reads a text, and never holds more than [`MAX_BYTES`] of it.
pub(crate) async fn read_text<C: Buf, E>(
    body: impl Stream<Item = Result<C, E>>,
) -> Result<String, Refused> {
    let mut body = std::pin::pin!(body);
    let mut bytes = Vec::new();
    let mut read = 0;
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Refused::Broken)?;
        read += chunk.remaining();
        if read > MAX_READ {
            break;
        }
        if read <= MAX_BYTES {
            bytes.put(chunk);
        }
    }
    if read > MAX_BYTES {
        return Err(Refused::TooLong);
    }

    let text = String::from_utf8(bytes).map_err(|_| Refused::NotUtf8)?;
    if text.chars().count() > MAX_CHARS {
        return Err(Refused::TooLong);
    }
    if text.trim().is_empty() { Err(Refused::Blank) } else { Ok(text) }
}

impl Refused {
    /// The status and the reason that the sender is told.
    pub(crate) fn answer(self) -> (StatusCode, String) {
        let (status, reason) = match self {
            Self::Blank => (StatusCode::BAD_REQUEST, "the text is blank"),
            Self::NotUtf8 => (StatusCode::BAD_REQUEST, "the text is not UTF-8"),
            Self::Broken => (StatusCode::BAD_REQUEST, "the text did not arrive whole"),
            Self::TooLong => {
                (StatusCode::PAYLOAD_TOO_LARGE, "the text is longer than 1,000 characters")
            }
        };
        (status, reason.to_owned())
    }
}

#[cfg(test)]
mod tests;
