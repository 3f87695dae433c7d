//! What no decoder does without.

use std::hint::black_box;
use std::str;

use memchr::memchr2_iter;

use crate::Result;
use crate::tally::Tally;

/// The least that decoding can cost: it finds the lines, keeps one that has not ended, and checks
/// that data is UTF-8.
///
/// It knows data and nothing else, does not join lines, and gives up at a CR.
pub(super) fn borrowed(chunks: &[&[u8]]) -> Result<Tally> {
    let mut events = Events::default();
    let mut kept = Vec::new();
    for chunk in chunks {
        let mut start = 0;
        for end in memchr2_iter(b'\n', b'\r', chunk) {
            if chunk[end] == b'\r' {
                return Err("it takes a line to end with LF".into());
            }
            let line = &chunk[start..end];
            if kept.is_empty() {
                events.line(line)?;
            } else {
                kept.extend_from_slice(line);
                events.line(&kept)?;
                kept.clear();
            }
            start = end + 1;
        }
        kept.extend_from_slice(&chunk[start..]);
    }
    Ok(events.tally)
}

#[derive(Default)]
struct Events {
    tally: Tally,
    /// The bytes of data since the last event, with one for the end of each line.
    data: usize,
}

impl Events {
    #[inline]
    fn line(&mut self, line: &[u8]) -> Result<()> {
        if let Some(value) = line.strip_prefix(b"data:") {
            let data = str::from_utf8(value.strip_prefix(b" ").unwrap_or(value))?;
            self.data += black_box(&data).len() + 1;
        } else if line.is_empty() && self.data > 0 {
            self.tally.events += 1;
            self.tally.data += self.data - 1;
            self.data = 0;
        }
        Ok(())
    }
}
