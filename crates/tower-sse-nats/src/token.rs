//! Any text as one token of a subject.

use std::fmt::Write;

/// Stands for text that is empty, and begins the two digits of a byte that is not plain.
const ESCAPE: char = '=';

/// The text as a token: letters, digits, `-` and `_` are themselves, any other byte is `=` and two
/// digits.
pub(crate) fn escape(text: &str) -> String {
    if text.is_empty() {
        return ESCAPE.into();
    }
    let mut token = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => token.push(byte.into()),
            _ => write!(token, "{ESCAPE}{byte:02X}").expect("a string takes what it is given"),
        }
    }
    token
}

/// The text of a token, if it is one that was made here: there is one way to write it.
pub(crate) fn unescape(token: &str) -> Option<String> {
    let mut text = Vec::with_capacity(token.len());
    if token != ESCAPE.to_string() {
        let mut parts = token.split(ESCAPE);
        text.extend(parts.next()?.bytes());
        for part in parts {
            let (digits, rest) = part.split_at_checked(2)?;
            text.push(u8::from_str_radix(digits, 16).ok()?);
            text.extend(rest.bytes());
        }
    }
    let text = String::from_utf8(text).ok()?;
    (escape(&text) == token).then_some(text)
}

#[cfg(test)]
mod tests;
