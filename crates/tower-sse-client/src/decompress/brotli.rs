//! Bodies in brotli.

use brotli::enc::StandardAlloc;
use brotli::{BrotliDecompressStream, BrotliResult, BrotliState};
use bytes::{Buf, Bytes, BytesMut};

use super::{Corrupt, PIECE};

/// What reads brotli (RFC 7932).
pub(crate) struct Brotli {
    state: BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>,
    is_over: bool,
}

impl Default for Brotli {
    fn default() -> Self {
        let alloc = StandardAlloc::default;
        // Windows of the standard, which are 16 MiB at most: larger ones are an extension.
        Self { state: BrotliState::new_strict(alloc(), alloc(), alloc()), is_over: false }
    }
}

impl Brotli {
    pub(super) fn piece(&mut self, input: &mut Bytes) -> Result<Bytes, Corrupt> {
        if self.is_over {
            return if input.is_empty() {
                Ok(Bytes::new())
            } else {
                Err(Corrupt::new("body goes on after the end of its brotli"))
            };
        }
        let mut out = BytesMut::zeroed(PIECE);
        let (mut left, mut read) = (input.len(), 0);
        let (mut room, mut written) = (out.len(), 0);
        let result = BrotliDecompressStream(
            &mut left,
            &mut read,
            input,
            &mut room,
            &mut written,
            &mut out,
            &mut 0,
            &mut self.state,
        );
        match result {
            BrotliResult::ResultFailure => return Err(Corrupt::new("body is no valid brotli")),
            BrotliResult::ResultSuccess => self.is_over = true,
            BrotliResult::NeedsMoreInput | BrotliResult::NeedsMoreOutput => {}
        }
        input.advance(read);
        out.truncate(written);
        Ok(out.freeze())
    }
}
