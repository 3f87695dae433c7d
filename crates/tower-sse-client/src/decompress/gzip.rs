//! Bodies in gzip.

use bytes::{Buf, Bytes, BytesMut};
use zlib_rs::{Inflate, InflateFlush, Status};

use super::{Corrupt, PIECE};

/// What reads gzip, of several members too (RFC 1952, section 2.2).
pub(crate) struct Gzip {
    inflate: Inflate,
    is_over: bool,
}

impl Default for Gzip {
    fn default() -> Self {
        // A head of gzip, and the largest window that there is.
        Self { inflate: Inflate::new(true, 16 + 15), is_over: false }
    }
}

impl Gzip {
    pub(super) fn piece(&mut self, input: &mut Bytes) -> Result<Bytes, Corrupt> {
        if self.is_over && !input.is_empty() {
            *self = Self::default();
        }
        if self.is_over {
            return Ok(Bytes::new());
        }
        let mut out = BytesMut::zeroed(PIECE);
        let (read, written) = (self.inflate.total_in(), self.inflate.total_out());
        let status = self.inflate.decompress(input, &mut out, InflateFlush::SyncFlush);
        let status = status.map_err(|_| Corrupt::new("body is no valid gzip"))?;
        input.advance((self.inflate.total_in() - read) as usize);
        out.truncate((self.inflate.total_out() - written) as usize);
        self.is_over = status == Status::StreamEnd;
        Ok(out.freeze())
    }
}
