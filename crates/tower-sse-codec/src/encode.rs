//! Writing an event in the format of WHATWG HTML, sections 9.2.5 (grammar) and 9.2.6 (meaning).

use core::fmt::Write;

use bytes::BytesMut;
use memchr::memchr2;

use crate::Event;

impl Event {
    /// Appends the wire bytes of the event to `out`: never nothing, and always whole.
    ///
    /// # Examples
    /// ```
    /// use bytes::BytesMut;
    /// use tower_sse_codec::Event;
    ///
    /// let mut out = BytesMut::new();
    /// Event::new("a").encode(&mut out);
    /// Event::new("b\rc").encode(&mut out);
    /// assert_eq!(out, "data: a\n\ndata: b\ndata: c\n\n");
    /// ```
    pub fn encode(&self, out: &mut BytesMut) {
        if let Some(comment) = &self.comment {
            for line in lines(comment) {
                field(out, if line.is_empty() { b":" } else { b": " }, line);
            }
        }
        if let Some(name) = &self.name {
            field(out, b"event: ", name.as_str().as_bytes());
        }
        if let Some(id) = &self.id {
            field(out, b"id: ", id.as_str().as_bytes());
        }
        if let Some(retry) = self.retry {
            writeln!(out, "retry: {}", retry.as_millis()).expect("a BytesMut grows");
        }
        match self.data() {
            None => {}
            Some("") => field(out, b"data:", b""),
            Some(data) => lines(data).for_each(|line| field(out, b"data: ", line)),
        }
        out.extend_from_slice(b"\n");
    }

    /// How many bytes [`encode`](Event::encode) appends.
    pub fn encoded_len(&self) -> usize {
        let comment = |line: &[u8]| ":\n".len() + usize::from(!line.is_empty()) + line.len();
        let data = |line: &[u8]| "data: \n".len() + line.len();
        self.comment().map_or(0, |text| lines(text).map(comment).sum())
            + self.name().map_or(0, |name| "event: \n".len() + name.as_str().len())
            + self.id().map_or(0, |id| "id: \n".len() + id.as_str().len())
            + self.retry().map_or(0, |retry| "retry: \n".len() + digits(retry.as_millis()))
            + match self.data() {
                None => 0,
                Some("") => "data:\n".len(),
                Some(text) => lines(text).map(data).sum(),
            }
            + "\n".len()
    }
}

/// The lines of a text: CR, LF and CRLF each end one, so there is always one more than ends.
fn lines(text: &str) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(text.as_bytes());
    let one = is_one_line(text.as_bytes());
    core::iter::from_fn(move || {
        let text = rest?;
        let end = if one { None } else { memchr2(b'\r', b'\n', text) };
        let Some(end) = end else {
            return rest.take();
        };
        let (line, tail) = text.split_at(end);
        rest = Some(&tail[if tail.starts_with(b"\r\n") { 2 } else { 1 }..]);
        Some(line)
    })
}

/// Whether a text is surely one line, as most are: no byte up to CR is in it. To find the least byte
/// takes half as long as to search for two.
fn is_one_line(mut text: &[u8]) -> bool {
    let Some(last) = text.last_chunk::<16>() else {
        return text.iter().all(|&byte| byte > b'\r');
    };
    let mut least = *last;
    while let Some((chunk, rest)) = text.split_first_chunk::<16>() {
        for (least, byte) in least.iter_mut().zip(chunk) {
            *least = (*least).min(*byte);
        }
        text = rest;
    }
    least.into_iter().fold(u8::MAX, u8::min) > b'\r'
}

#[inline]
fn field(out: &mut BytesMut, name: &[u8], value: &[u8]) {
    out.reserve(name.len() + value.len() + "\n\n".len());
    out.extend_from_slice(name);
    out.extend_from_slice(value);
    out.extend_from_slice(b"\n");
}

fn digits(number: u128) -> usize {
    number.checked_ilog10().map_or(1, |log| log as usize + 1)
}
