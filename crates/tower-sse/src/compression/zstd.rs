//! Blocks of zstd.

use bytes::BytesMut;
use zstd::bulk;
use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};
use zstd::zstd_safe::compress_bound;

use super::compressor::{Failed, Use};

/// What makes blocks of zstd (RFC 8878), the first of them with the head of a frame.
pub(crate) struct Zstd(Encoder<'static>);

/// What makes whole frames. Their last block has something in it: see [`Wire::is_open`].
///
/// [`Wire::is_open`]: super::wire::Wire::is_open
pub(crate) struct Frames(bulk::Compressor<'static>);

fn parameters(window: u8, used: Use) -> [CParameter; 5] {
    // Tables that are as long as the window, or half as long, rather than those of the level.
    let table = u32::from(window) - u32::from(used == Use::Own || window > 10);
    [
        CParameter::WindowLog(window.into()),
        CParameter::HashLog(table.max(6)),
        CParameter::ChainLog(table.max(6)),
        CParameter::ContentSizeFlag(false),
        CParameter::ChecksumFlag(false),
    ]
}

impl Zstd {
    pub(crate) fn new(level: u8, window: u8, used: Use) -> Result<Self, Failed> {
        let mut encoder = Encoder::new(level.into()).map_err(Failed::new)?;
        for parameter in parameters(window, used) {
            encoder.set_parameter(parameter).map_err(Failed::new)?;
        }
        Ok(Self(encoder))
    }

    pub(crate) fn restart(&mut self) -> Result<(), Failed> {
        self.0.reinit().map_err(Failed::new)
    }

    pub(crate) fn block(&mut self, plain: &[u8], out: &mut BytesMut) -> Result<(), Failed> {
        let mut input = InBuffer::around(plain);
        let mut end = out.len();
        loop {
            out.resize(end + plain.len() / 2 + 64, 0);
            let mut output = OutBuffer::around(&mut out[end..]);
            let is_read = input.pos() == plain.len();
            let left = if is_read {
                self.0.flush(&mut output)
            } else {
                self.0.run(&mut input, &mut output).map(|_| 1)
            };
            end += output.pos();
            if left.map_err(Failed::new)? == 0 {
                out.truncate(end);
                return Ok(());
            }
        }
    }
}

impl Frames {
    pub(crate) fn new(level: u8, window: u8) -> Result<Self, Failed> {
        let mut compressor = bulk::Compressor::new(level.into()).map_err(Failed::new)?;
        for parameter in parameters(window, Use::Alone) {
            compressor.set_parameter(parameter).map_err(Failed::new)?;
        }
        Ok(Self(compressor))
    }

    pub(crate) fn frame(&mut self, plain: &[u8], out: &mut BytesMut) -> Result<(), Failed> {
        let start = out.len();
        out.resize(start + compress_bound(plain.len()), 0);
        let written = self.0.compress_to_buffer(plain, &mut out[start..]);
        out.truncate(start + written.map_err(Failed::new)?);
        Ok(())
    }
}
