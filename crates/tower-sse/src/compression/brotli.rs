//! A stream of brotli.

use std::io::Write;

use brotli::CompressorWriter;
use brotli::enc::BrotliEncoderParams;
use bytes::BytesMut;

use super::compressor::Failed;

/// What makes a stream of brotli (RFC 7932), flushed after each part.
pub(crate) struct Brotli(Option<CompressorWriter<Vec<u8>>>);

/// Below, events are hardly compressed; above, a stream takes megabytes.
const LEVELS: std::ops::RangeInclusive<u8> = 3..=4;

impl Brotli {
    pub(crate) fn new(level: u8, window: u8) -> Self {
        let params = BrotliEncoderParams {
            quality: level.clamp(*LEVELS.start(), *LEVELS.end()).into(),
            lgwin: window.into(),
            ..BrotliEncoderParams::default()
        };
        Self(Some(CompressorWriter::with_params(Vec::new(), 4096, &params)))
    }

    pub(crate) fn block(&mut self, plain: &[u8], out: &mut BytesMut) -> Result<(), Failed> {
        let Some(writer) = &mut self.0 else { return Err(Failed::new("it has ended")) };
        writer.write_all(plain).and_then(|()| writer.flush()).map_err(Failed::new)?;
        out.extend_from_slice(writer.get_ref());
        *writer.get_mut() = Vec::new();
        Ok(())
    }

    pub(crate) fn end(&mut self, out: &mut BytesMut) {
        if let Some(writer) = self.0.take() {
            out.extend_from_slice(&writer.into_inner());
        }
    }
}
