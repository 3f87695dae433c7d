//! What a line says.

use core::time::Duration;

use memchr::memchr;

/// What a line that is not empty says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field<'l> {
    Data(&'l [u8]),
    Name(&'l [u8]),
    Id(&'l [u8]),
    Retry(Duration),
    Comment(&'l [u8]),
    /// Nothing that anybody knows, or not in a way that counts.
    Nothing,
}

impl<'l> Field<'l> {
    #[inline]
    pub(crate) fn read(line: &'l [u8]) -> Self {
        let field = match line[0] {
            b'd' => value(line, b"data").map(Self::Data),
            b'e' => value(line, b"event").map(Self::Name),
            b'i' => value(line, b"id").filter(|id| memchr(0, id).is_none()).map(Self::Id),
            b'r' => value(line, b"retry").and_then(milliseconds).map(Self::Retry),
            b':' => value(line, b"").map(Self::Comment),
            _ => None,
        };
        field.unwrap_or(Self::Nothing)
    }
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
