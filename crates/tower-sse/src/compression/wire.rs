//! What an encoding has around compressed bytes.

use super::Encoding;
use super::output::Output;
use super::sum::Sum;

/// What an encoding has around the compressed bytes of one connection: the head, the end, and what is
/// not compressed.
#[derive(Debug)]
pub(crate) struct Wire {
    encoding: Encoding,
    began: bool,
    /// A frame of zstd was begun that is not ended.
    is_open: bool,
    /// What gzip says at its end, of all but the run.
    sum: Sum,
    /// What came last of a group, as its sums: up to where it began, and up to where it is.
    run: Option<(Sum, Sum)>,
}

/// What comes next, as zstd sees it. In gzip all is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// More of the frame that is open.
    More,
    /// A frame, of which more may come.
    Opens,
    /// Whole frames.
    Whole,
}

/// How much is in one stored block of gzip, at most (RFC 1951, section 3.2.4), and in one frame of zstd.
const STORED: usize = 0xFFFF;

/// How much is in one block of zstd, at most: no more than the smallest window (RFC 8878, section
/// 3.1.1.2.4).
#[cfg(feature = "zstd")]
const BLOCK: usize = 1 << 10;

impl Wire {
    pub(crate) fn new(encoding: Encoding) -> Self {
        Self { encoding, began: false, is_open: false, sum: Sum::default(), run: None }
    }

    /// Whether a frame is open, which has to be ended by something [`stored`](Wire::stored) before
    /// another part than [`More`](Part::More) comes.
    ///
    /// It could be ended by a last block with nothing in it. But Chromium forgets all that it has
    /// received behind a frame if what it has received of that comes to nothing.
    pub(crate) fn is_open(&self) -> bool {
        self.is_open
    }

    /// Writes what comes before such a part.
    pub(crate) fn begin(&mut self, part: Part, out: &mut Output) {
        debug_assert!(!self.is_open || part == Part::More, "the frame is still open");
        #[cfg(feature = "gzip")]
        if self.encoding == Encoding::Gzip && !self.began {
            // RFC 1952, section 2.3: no name, no time, no system.
            out.extend(&[0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF]);
        }
        self.began = true;
        // In gzip all is one.
        #[cfg(feature = "zstd")]
        {
            self.is_open = self.encoding == Encoding::Zstd && part != Part::Whole;
        }
        let _ = (part, out);
    }

    /// Writes bytes that are not compressed. If there are any, no frame is open then.
    pub(crate) fn stored(&mut self, plain: &[u8], out: &mut Output) {
        self.add(plain);
        #[cfg(feature = "zstd")]
        if self.is_open {
            let chunks = plain.chunks(BLOCK);
            let last = chunks.len().saturating_sub(1);
            for (n, chunk) in chunks.enumerate() {
                block(chunk.len(), n == last, out);
                out.extend(chunk);
            }
            self.is_open = plain.is_empty();
            return;
        }
        self.begin(Part::Whole, out);
        for chunk in plain.chunks(STORED) {
            let len = chunk.len() as u16;
            match self.encoding {
                #[cfg(feature = "gzip")]
                Encoding::Gzip => {
                    out.extend(&[0]);
                    out.extend(&len.to_le_bytes());
                    out.extend(&(!len).to_le_bytes());
                    out.extend(chunk);
                }
                #[cfg(feature = "zstd")]
                Encoding::Zstd => {
                    frame(len, out);
                    out.extend(chunk);
                }
                #[cfg(feature = "brotli")]
                Encoding::Brotli => unreachable!("what brotli compresses is one whole"),
            }
        }
    }

    /// Notes what was written compressed.
    pub(crate) fn add(&mut self, plain: &[u8]) {
        #[cfg(feature = "gzip")]
        if self.encoding == Encoding::Gzip {
            self.end_run();
            self.sum = self.sum.and(plain);
        }
        let _ = plain;
    }

    /// Notes what was written of a group: what comes between these sums.
    pub(crate) fn add_shared(&mut self, before: Sum, after: Sum) {
        match &mut self.run {
            Some((_, end)) if *end == before => *end = after,
            _ => {
                self.end_run();
                self.run = Some((before, after));
            }
        }
    }

    /// Notes that what comes next of a group is no part of what came before.
    pub(crate) fn end_run(&mut self) {
        if let Some((before, after)) = self.run.take() {
            self.sum = self.sum.then(after.since(before));
        }
    }

    /// Notes what was written compressed, by its sum.
    pub(crate) fn add_sum(&mut self, sum: Sum) {
        self.end_run();
        self.sum = self.sum.then(sum);
    }

    /// Writes what ends all.
    pub(crate) fn end(&mut self, out: &mut Output) {
        match self.encoding {
            #[cfg(feature = "gzip")]
            Encoding::Gzip => {
                self.begin(Part::Whole, out);
                self.end_run();
                // The last block, with nothing in it.
                out.extend(&[3, 0]);
                out.extend(&self.sum.crc.to_le_bytes());
                // Modulo 2^32.
                out.extend(&(self.sum.len as u32).to_le_bytes());
            }
            #[cfg(feature = "zstd")]
            Encoding::Zstd if self.is_open => block(0, true, out),
            #[cfg(feature = "zstd")]
            Encoding::Zstd if !self.began => frame(0, out),
            #[cfg(feature = "zstd")]
            Encoding::Zstd => {}
            #[cfg(feature = "brotli")]
            Encoding::Brotli => {}
        }
    }
}

/// The head of a frame of zstd that has one block, with so many bytes as they are, and of that block.
#[cfg(feature = "zstd")]
fn frame(len: u16, out: &mut Output) {
    out.extend(&0xFD2F_B528_u32.to_le_bytes());
    // The length of the content is that of the window: one byte for it, or two (RFC 8878, section
    // 3.1.1.1).
    match u8::try_from(len) {
        Ok(len) => out.extend(&[0x20, len]),
        Err(_) => {
            out.extend(&[0x60]);
            out.extend(&(len - 256).to_le_bytes());
        }
    }
    block(len.into(), true, out);
}

/// The head of a block of zstd with so many bytes as they are, which may be the last of its frame (RFC
/// 8878, section 3.1.1.2).
#[cfg(feature = "zstd")]
fn block(len: usize, is_last: bool, out: &mut Output) {
    let head = (len as u32) << 3 | u32::from(is_last);
    out.extend(&head.to_le_bytes()[..3]);
}
