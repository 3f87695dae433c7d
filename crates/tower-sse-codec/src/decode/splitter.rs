//! Where the lines of a stream end.

use memchr::memchr2;

/// Splits a stream into lines, each of which ends with CR LF, LF or CR.
#[derive(Clone)]
pub(super) struct Splitter {
    /// How many bytes of a BOM have come; none when it is too late for one.
    bom: Option<usize>,
    /// The last line ended with a CR at the very end of the input: an LF would belong to it.
    after_cr: bool,
}

const BOM: &[u8] = b"\xEF\xBB\xBF";

impl Splitter {
    /// For a stream that has not begun.
    pub(super) fn new() -> Self {
        Self { bom: Some(0), after_cr: false }
    }

    /// Takes away what belongs to no line: the BOM, and the LF after a CR. Gives what the first
    /// line begins with, if it seemed to be a BOM and is none.
    #[inline]
    pub(super) fn begin(&mut self, input: &mut &[u8]) -> Option<&'static [u8]> {
        if self.bom.is_some() {
            return self.strip_bom(input);
        }
        if self.after_cr && !input.is_empty() {
            *input = input.strip_prefix(b"\n").unwrap_or(input);
            self.after_cr = false;
        }
        None
    }

    fn strip_bom(&mut self, input: &mut &[u8]) -> Option<&'static [u8]> {
        while let Some(seen) = self.bom {
            let (&byte, rest) = input.split_first()?;
            if byte != BOM[seen] {
                self.bom = None;
                return Some(&BOM[..seen]);
            }
            *input = rest;
            self.bom = Some(seen + 1).filter(|&seen| seen < BOM.len());
        }
        None
    }

    /// Takes a line, if its end is here.
    #[inline]
    pub(super) fn next<'i>(&mut self, input: &mut &'i [u8]) -> Option<&'i [u8]> {
        let end = match input.first()? {
            b'\n' => 0,
            _ => memchr2(b'\n', b'\r', input)?,
        };
        let (line, mut rest) = (&input[..end], &input[end + 1..]);
        if input[end] == b'\r' {
            self.after_cr = rest.is_empty();
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        *input = rest;
        Some(line)
    }

    /// Whether the line that was taken may still have an LF to come.
    #[inline]
    pub(super) fn is_after_cr(&self) -> bool {
        self.after_cr
    }
}
