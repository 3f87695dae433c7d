//! What compresses for everyone.

use bytes::{Bytes, BytesMut};

use super::Settings;
use super::compressor::{Compressor, Failed, Use};

/// What compresses for everyone.
#[derive(Default)]
pub(crate) struct Alone {
    compressor: Option<Compressor>,
    #[cfg(test)]
    calls: usize,
}

impl Alone {
    pub(crate) fn compress(&mut self, plain: &[u8], settings: Settings) -> Result<Bytes, Failed> {
        #[cfg(test)]
        {
            self.calls += 1;
        }
        let mut compressor = match self.compressor.take() {
            Some(compressor) => compressor,
            None => Compressor::new(settings, Use::Alone)?,
        };
        let mut bytes = BytesMut::with_capacity(plain.len() / 2 + 64);
        compressor.whole(plain, &mut bytes)?;
        self.compressor = Some(compressor);
        Ok(Bytes::copy_from_slice(&bytes))
    }

    /// How often it did.
    #[cfg(test)]
    pub(crate) fn calls(&self) -> usize {
        self.calls
    }
}
