//! What a client makes of what it gets, at once.

use std::io::Write;

use zlib_rs::{Inflate, InflateFlush, Status};
use zstd::stream::raw::{Decoder, InBuffer, Operation, OutBuffer};

use crate::Encoding;

/// A decoder that others have written.
pub(super) enum Reader {
    Gzip(Inflate, bool),
    Zstd(Zstd),
    Brotli(Box<brotli::DecompressorWriter<Vec<u8>>>),
}

/// Reads byte by byte, as a connection may cut what was written anywhere.
pub(super) struct Zstd {
    decoder: Decoder<'static>,
    is_between: bool,
    /// The last frame has ended with nothing.
    is_hollow: bool,
}

impl Zstd {
    fn new() -> Self {
        let decoder = Decoder::new().expect("there is memory");
        Self { decoder, is_between: true, is_hollow: false }
    }

    fn read(&mut self, byte: u8, plain: &mut Vec<u8>) {
        // Chromium 148 forgets the bytes that it has if what it reads of them comes to nothing.
        assert!(!self.is_hollow, "something after a frame that ends with nothing");
        if self.is_between {
            self.decoder.reinit().expect("it is between frames");
        }
        let (mut room, before) = ([0; 1 << 12], plain.len());
        let (mut input, byte) = (0, [byte]);
        loop {
            let mut from = InBuffer::around(&byte[input..]);
            let mut to = OutBuffer::around(&mut room[..]);
            let left = self.decoder.run(&mut from, &mut to).expect("it is zstd");
            self.is_between = left == 0;
            plain.extend_from_slice(to.as_slice());
            input += from.pos();
            if self.is_between || input == 1 && to.as_slice().len() < room.len() {
                break;
            }
        }
        self.is_hollow = self.is_between && plain.len() == before;
    }
}

impl Reader {
    pub(super) fn new(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Gzip => Self::Gzip(Inflate::new(true, 16 + 15), false),
            Encoding::Zstd => Self::Zstd(Zstd::new()),
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
            Self::Zstd(zstd) => bytes.iter().for_each(|byte| zstd.read(*byte, &mut plain)),
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
            Self::Zstd(zstd) => zstd.is_between,
            Self::Brotli(writer) => writer.close().is_ok(),
        }
    }
}
