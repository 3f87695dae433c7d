//! What compresses.

use std::fmt;

use bytes::BytesMut;

use super::{Encoding, Settings};
use crate::item::BoxError;

/// What compresses, and holds in memory what it has compressed before.
pub(crate) enum Compressor {
    #[cfg(feature = "gzip")]
    Deflate(super::deflate::Deflate),
    #[cfg(feature = "zstd")]
    Zstd(super::zstd::Zstd),
    /// Of whole frames only.
    #[cfg(feature = "zstd")]
    ZstdFrames(super::zstd::Frames),
    #[cfg(feature = "brotli")]
    Brotli(Box<super::brotli::Brotli>),
}

/// Who uses a compressor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// One stream.
    Own,
    /// All that read a topic, for what is linked.
    Linked,
    /// Those who cannot read what is linked, for an event or a few.
    Alone,
}

/// A compressor has failed, as when there is no memory.
#[derive(Debug)]
pub(crate) struct Failed(BoxError);

impl Failed {
    pub(crate) fn new(cause: impl fmt::Debug) -> Self {
        Self(format!("{cause:?}").into())
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "compressor failed: {}", self.0)
    }
}

impl std::error::Error for Failed {}

impl Compressor {
    pub(crate) fn new(settings: Settings, used: Use) -> Result<Self, Failed> {
        let (level, window) = match used {
            Use::Own => (1, 13),
            Use::Linked | Use::Alone => (6, 15),
        };
        let level = settings.level.unwrap_or(level);
        let mut window = settings.window.unwrap_or(window);
        if used == Use::Alone {
            // A few events are hardly longer.
            window = window.min(13);
        }
        match settings.encoding {
            #[cfg(feature = "gzip")]
            Encoding::Gzip => Ok(Self::Deflate(super::deflate::Deflate::new(level, window, used))),
            #[cfg(feature = "zstd")]
            Encoding::Zstd if used == Use::Alone => {
                super::zstd::Frames::new(level, window).map(Self::ZstdFrames)
            }
            #[cfg(feature = "zstd")]
            Encoding::Zstd => super::zstd::Zstd::new(level, window, used).map(Self::Zstd),
            #[cfg(feature = "brotli")]
            Encoding::Brotli => Ok(Self::Brotli(super::brotli::Brotli::new(level, window).into())),
        }
    }

    /// Appends what stands for these bytes, which can be read at once: after all that came before, unless
    /// it makes whole frames.
    pub(crate) fn block(&mut self, plain: &[u8], out: &mut BytesMut) -> Result<(), Failed> {
        match *self {
            #[cfg(feature = "gzip")]
            Self::Deflate(ref mut deflate) => deflate.block(plain, out),
            #[cfg(feature = "zstd")]
            Self::Zstd(ref mut zstd) => zstd.block(plain, out),
            #[cfg(feature = "zstd")]
            Self::ZstdFrames(ref mut zstd) => zstd.frame(plain, out),
            #[cfg(feature = "brotli")]
            Self::Brotli(ref mut brotli) => brotli.block(plain, out),
        }
    }

    /// Forgets all that came before.
    pub(crate) fn restart(&mut self) -> Result<(), Failed> {
        match *self {
            #[cfg(feature = "gzip")]
            Self::Deflate(ref mut deflate) => {
                deflate.restart();
                Ok(())
            }
            #[cfg(feature = "zstd")]
            Self::Zstd(ref mut zstd) => zstd.restart(),
            // Each is the first.
            #[cfg(feature = "zstd")]
            Self::ZstdFrames(_) => Ok(()),
            #[cfg(feature = "brotli")]
            Self::Brotli(_) => Err(Failed::new("brotli cannot begin anew")),
        }
    }

    /// Appends what stands for these bytes whatever came before, and whatever comes after: for who has
    /// [`Use::Alone`].
    pub(crate) fn whole(&mut self, plain: &[u8], out: &mut BytesMut) -> Result<(), Failed> {
        self.restart()?;
        self.block(plain, out)
    }

    /// Appends what ends a stream, where the compressor knows it.
    pub(crate) fn end(&mut self, out: &mut BytesMut) {
        match *self {
            #[cfg(feature = "brotli")]
            Self::Brotli(ref mut brotli) => brotli.end(out),
            #[allow(unreachable_patterns, reason = "without features there is nothing else")]
            _ => {}
        }
    }
}
