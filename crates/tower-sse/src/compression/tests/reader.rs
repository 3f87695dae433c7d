//! What a client makes of what it gets, at once.

use std::io::Write;

use zlib_rs::{Inflate, InflateFlush, Status};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use crate::Encoding;

/// A decoder that others have written.
pub(super) enum Reader {
    Gzip(Inflate, bool),
    /// Whether it is between two frames.
    Zstd(Decoder<'static>, bool),
    Brotli(Box<brotli::DecompressorWriter<Vec<u8>>>),
}

impl Reader {
    pub(super) fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Gzip => Self::Gzip(Inflate::new(true, 16 + 15), false),
            Encoding::Zstd => Self::Zstd(Decoder::new().expect("there is memory"), true),
            Encoding::Brotli => {
                // A full buffer makes it forget to give the rest.
                Self::Brotli(Box::new(brotli::DecompressorWriter::new(Vec::new(), 1 << 20)))
            }
        }
    }

    /// All that these bytes say.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        if bytes.is_empty() {
            return plain;
        }
        let mut room = vec![0; 1 << 16];
        match self {
            Self::Gzip(inflate, is_over) => {
                let mut left = bytes;
                loop {
                    assert!(!*is_over || left.is_empty(), "bytes after the end");
                    let (read, written) = (inflate.total_in(), inflate.total_out());
                    let status = inflate.decompress(left, &mut room, InflateFlush::SyncFlush);
                    left = &left[(inflate.total_in() - read) as usize..];
                    let written = (inflate.total_out() - written) as usize;
                    plain.extend_from_slice(&room[..written]);
                    *is_over |= status.expect("it is gzip") == Status::StreamEnd;
                    if *is_over || left.is_empty() && written < room.len() {
                        break;
                    }
                }
            }
            Self::Zstd(decoder, is_between) => {
                let mut input = InBuffer::around(bytes);
                loop {
                    let mut output = OutBuffer::around(&mut room[..]);
                    if *is_between && input.pos() < bytes.len() {
                        decoder.reinit().expect("it is between frames");
                    }
                    let left = decoder.run(&mut input, &mut output).expect("it is zstd");
                    *is_between = left == 0;
                    plain.extend_from_slice(output.as_slice());
                    if input.pos() == bytes.len() && output.as_slice().len() < 1 << 16 {
                        break;
                    }
                }
            }
            Self::Brotli(writer) => {
                writer.write_all(bytes).expect("it is brotli");
                writer.flush().expect("it is brotli");
                plain = std::mem::take(writer.get_mut());
            }
        }
        plain
    }

    /// Whether the end has been read, with the right checksum.
    pub(super) fn is_at_end(&mut self) -> bool {
        match self {
            Self::Gzip(_, is_over) => *is_over,
            Self::Zstd(_, is_between) => *is_between,
            Self::Brotli(writer) => writer.close().is_ok(),
        }
    }
}
