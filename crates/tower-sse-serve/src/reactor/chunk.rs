//! Chunks of a body (RFC 9112, section 7.1).

use std::io::{self, IoSlice};

use bytes::Bytes;

use crate::socket::Socket;

/// From this size on, data is not copied between the ends of its chunk.
const UNCOPIED: usize = 32 * 1024;

const LINE_END: &[u8] = b"\r\n";

/// A chunk, as it is written: what many connections send one after the other is made once.
pub(crate) struct Framed {
    data: Bytes,
    /// Nothing, for what is written from where it is.
    framed: Vec<u8>,
}

/// What a socket did not take of a chunk.
pub(crate) struct Rest {
    data: Bytes,
    /// How many bytes of the framed chunk it has taken.
    taken: usize,
}

impl Framed {
    /// Writes a chunk with these data, or the last one if there are none, and gives what the socket
    /// does not take.
    #[inline]
    pub(crate) fn write(&mut self, data: &Bytes, socket: &Socket) -> io::Result<Option<Rest>> {
        if data.as_ptr() != self.data.as_ptr() || data.len() != self.data.len() {
            self.frame(data);
        }
        let mut taken = 0;
        if !self.framed.is_empty() {
            match socket.write(&self.framed) {
                Ok(all) if all == self.framed.len() => return Ok(None),
                Ok(some) => taken = some,
                Err(error) if is_full(&error) => {}
                Err(error) => return Err(error),
            }
        }
        Rest { data: data.clone(), taken }.after(socket)
    }

    /// Frames these data, unless it would take longer than not to.
    fn frame(&mut self, data: &Bytes) {
        self.framed.clear();
        // As long as they are kept, nothing else has their place.
        self.data = data.clone();
        if data.len() < UNCOPIED {
            self.framed.extend_from_slice(Size::new(data.len()).as_bytes());
            self.framed.extend_from_slice(data);
            self.framed.extend_from_slice(LINE_END);
        }
    }
}

impl Default for Framed {
    fn default() -> Self {
        let mut framed = Self { data: Bytes::new(), framed: Vec::new() };
        framed.frame(&Bytes::new());
        framed
    }
}

impl Rest {
    /// What remains when the socket has taken as much as it does; none if that is all.
    pub(crate) fn after(mut self, socket: &Socket) -> io::Result<Option<Self>> {
        let is_all = self.write(socket)?;
        Ok((!is_all).then_some(self))
    }

    /// Writes as much as the socket takes, and tells whether that is all.
    fn write(&mut self, socket: &Socket) -> io::Result<bool> {
        let size = Size::new(self.data.len());
        let size = size.as_bytes();
        let len = size.len() + self.data.len() + LINE_END.len();
        while self.taken < len {
            let mut slices = [IoSlice::new(size), IoSlice::new(&self.data), IoSlice::new(LINE_END)];
            let mut left = &mut slices[..];
            IoSlice::advance_slices(&mut left, self.taken);
            match socket.write_vectored(left) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(taken) => self.taken += taken,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
                Err(error) => return Err(error),
            }
        }
        Ok(true)
    }

    /// Writes as much as the socket takes, and tells whether that is anything.
    pub(crate) fn goes_on(&mut self, socket: &Socket) -> bool {
        let before = self.taken;
        self.write(socket).is_ok() && self.taken > before
    }
}

fn is_full(error: &io::Error) -> bool {
    [io::ErrorKind::WouldBlock, io::ErrorKind::Interrupted].contains(&error.kind())
}

/// The line before the data.
struct Size {
    line: [u8; 18],
    start: usize,
}

impl Size {
    fn new(mut size: usize) -> Self {
        let mut line = *b"................\r\n";
        let mut start = 16;
        loop {
            start -= 1;
            line[start] = b"0123456789ABCDEF"[size % 16];
            size /= 16;
            if size == 0 {
                return Self { line, start };
            }
        }
    }

    fn as_bytes(&self) -> &[u8] {
        &self.line[self.start..]
    }
}
