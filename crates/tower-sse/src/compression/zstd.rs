//! Blocks of zstd.

use bytes::BytesMut;
use zstd::stream::raw::{CParameter, Encoder, InBuffer, Operation, OutBuffer};

use super::compressor::{Failed, Use};

/// What makes blocks of zstd (RFC 8878), the first of them with the head of a frame.
pub(crate) struct Zstd(Encoder<'static>);

/// What the blocks are followed by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Then {
    More,
    End,
}

impl Zstd {
    pub(crate) fn new(level: u8, window: u8, used: Use) -> Result<Self, Failed> {
        let mut encoder = Encoder::new(level.into()).map_err(Failed::new)?;
        // Tables that are as long as the window, or half as long, rather than those of the level.
        let table = u32::from(window) - u32::from(used == Use::Own || window > 10);
        let parameters = [
            CParameter::WindowLog(window.into()),
            CParameter::HashLog(table.max(6)),
            CParameter::ChainLog(table.max(6)),
            CParameter::ContentSizeFlag(false),
            CParameter::ChecksumFlag(false),
        ];
        for parameter in parameters {
            encoder.set_parameter(parameter).map_err(Failed::new)?;
        }
        Ok(Self(encoder))
    }

    pub(crate) fn restart(&mut self) -> Result<(), Failed> {
        self.0.reinit().map_err(Failed::new)
    }

    pub(crate) fn block(&mut self, plain: &[u8], out: &mut BytesMut) -> Result<(), Failed> {
        self.write(plain, Then::More, out)
    }

    /// A whole frame.
    pub(crate) fn frame(&mut self, plain: &[u8], out: &mut BytesMut) -> Result<(), Failed> {
        self.restart()?;
        self.write(plain, Then::End, out)
    }

    fn write(&mut self, plain: &[u8], then: Then, out: &mut BytesMut) -> Result<(), Failed> {
        let mut input = InBuffer::around(plain);
        let mut end = out.len();
        loop {
            out.resize(end + plain.len() / 2 + 64, 0);
            let mut output = OutBuffer::around(&mut out[end..]);
            let is_read = input.pos() == plain.len();
            let left = match then {
                _ if !is_read => self.0.run(&mut input, &mut output).map(|_| 1),
                Then::More => self.0.flush(&mut output),
                Then::End => self.0.finish(&mut output, true),
            };
            end += output.pos();
            if left.map_err(Failed::new)? == 0 {
                out.truncate(end);
                return Ok(());
            }
        }
    }
}
