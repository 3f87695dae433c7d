//! HTTP/1.1 by hand: what a client's and a server's side of a connection have in common.

use std::io;

use bytes::{Bytes, BytesMut};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// The headers of a head in their order, the names in lower case.
pub(crate) type Headers = Vec<(String, Vec<u8>)>;

/// A connection, and what has come on it that nobody has read.
#[derive(Debug)]
pub(crate) struct Wire {
    pub(crate) stream: TcpStream,
    pub(crate) unread: BytesMut,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).expect("an open socket takes options");
        Self { stream, unread: BytesMut::new() }
    }

    /// What is unread up to this end of it, with it.
    pub(crate) async fn through(&mut self, end: &[u8]) -> io::Result<Bytes> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|bytes| bytes == end) {
                return Ok(self.unread.split_to(at + end.len()).freeze());
            }
            self.more().await?;
        }
    }

    /// So many bytes.
    pub(crate) async fn exactly(&mut self, length: usize) -> io::Result<Bytes> {
        while self.unread.len() < length {
            self.more().await?;
        }
        Ok(self.unread.split_to(length).freeze())
    }

    /// Waits for more that is unread.
    pub(crate) async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.unread).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// One chunk; an empty one is the last.
    pub(crate) async fn chunk(&mut self) -> io::Result<Bytes> {
        // Nothing is taken before the chunk is whole, so that a caller may give up in between.
        loop {
            let size = self.unread.windows(2).position(|bytes| bytes == b"\r\n");
            if let Some(line) = size {
                let size = std::str::from_utf8(&self.unread[..line]).expect("a size is ASCII");
                let size = usize::from_str_radix(size, 16).expect("a size is hexadecimal");
                let start = line + 2;
                if self.unread.len() >= start + size + 2 {
                    let chunk = self.unread.split_to(start + size + 2).freeze();
                    assert!(chunk.ends_with(b"\r\n"), "a chunk ends after its size: {chunk:?}");
                    return Ok(chunk.slice(start..start + size));
                }
            }
            self.more().await?;
        }
    }
}

/// The first line of a head, and its headers.
pub(crate) fn head(raw: &[u8]) -> (&str, Headers) {
    let text = raw.strip_suffix(b"\r\n\r\n").expect("it was read up to here");
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let first = lines.next().expect("there is always a first line");
    let first = str::from_utf8(first).expect("a first line is ASCII");
    let headers = lines.map(|line| {
        let colon = line.iter().position(|byte| *byte == b':').expect("a header has a colon");
        let name = str::from_utf8(&line[..colon]).expect("a header name is ASCII");
        (name.to_ascii_lowercase(), line[colon + 1..].trim_ascii().to_owned())
    });
    (first, headers.collect())
}
