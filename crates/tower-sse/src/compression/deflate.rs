//! Blocks of deflate.

use bytes::BytesMut;
use zlib_rs::{DeflateConfig, DeflateFlush};

use super::compressor::{Failed, Use};

/// What makes blocks of deflate (RFC 1951), each of which ends at a byte.
pub(crate) struct Deflate(zlib_rs::Deflate);

impl Deflate {
    pub(crate) fn new(level: u8, window: u8, used: Use) -> Self {
        // Memory for as many symbols as one event has, or as a frame has.
        let mem_level = if used == Use::Own { 5 } else { 6 };
        let (level, window_bits) = (level.into(), -i32::from(window));
        let config = DeflateConfig { level, window_bits, mem_level, ..DeflateConfig::default() };
        Self(zlib_rs::Deflate::new_with_config(config))
    }

    pub(crate) fn restart(&mut self) {
        self.0.reset();
    }

    pub(crate) fn block(&mut self, plain: &[u8], out: &mut BytesMut) -> Result<(), Failed> {
        let (read, mut end) = (self.0.total_in(), out.len());
        loop {
            let room = end + plain.len() / 2 + 64;
            out.resize(room, 0);
            let left = &plain[(self.0.total_in() - read) as usize..];
            let before = self.0.total_out();
            self.0.compress(left, &mut out[end..], DeflateFlush::SyncFlush).map_err(Failed::new)?;
            end += (self.0.total_out() - before) as usize;
            // It had more to write for as long as it has filled all.
            if end < room {
                out.truncate(end);
                return Ok(());
            }
        }
    }
}
