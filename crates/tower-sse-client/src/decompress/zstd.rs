//! Bodies in zstd.

use bytes::{Buf, Bytes, BytesMut};
use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::{Corrupt, PIECE};

/// What reads zstd, of any number of frames (RFC 8878, section 3).
pub(crate) struct Zstd {
    decoder: Decoder<'static>,
    /// Between two frames.
    is_between: bool,
}

/// The largest window that is taken, as a logarithm: 8 MiB (RFC 9659, section 3).
const WINDOW: u32 = 23;

impl Zstd {
    /// None if there is no memory.
    pub(super) fn new() -> Option<Self> {
        let mut decoder = Decoder::new().ok()?;
        decoder.set_parameter(DParameter::WindowLogMax(WINDOW)).ok()?;
        Some(Self { decoder, is_between: false })
    }

    pub(super) fn piece(&mut self, input: &mut Bytes) -> Result<Bytes, Corrupt> {
        const CORRUPT: &str = "body is no valid zstd";
        if self.is_between {
            if input.is_empty() {
                return Ok(Bytes::new());
            }
            self.decoder.reinit().map_err(|_| Corrupt::new(CORRUPT))?;
        }
        let mut out = BytesMut::zeroed(PIECE);
        let mut from = InBuffer::around(input);
        let mut to = OutBuffer::around(&mut out[..]);
        let left = self.decoder.run(&mut from, &mut to).map_err(|_| Corrupt::new(CORRUPT))?;
        let (read, written) = (from.pos(), to.pos());
        self.is_between = left == 0;
        input.advance(read);
        out.truncate(written);
        Ok(out.freeze())
    }
}
