//! HTTP/1.1 by hand.

use std::io;
use std::net::SocketAddr;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::{Head, Next};

/// A connection, and what has come on it that nobody has read.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    unread: BytesMut,
}

/// A body, and the connection while it is needed for the body.
#[derive(Debug)]
pub(super) struct Body {
    wire: Option<Wire>,
    framing: Framing,
}

#[derive(Debug)]
enum Framing {
    Chunked,
    UntilClose,
    Ended,
}

impl Wire {
    pub(super) async fn connect(address: SocketAddr) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server accepts");
        stream.set_nodelay(true).expect("an open socket takes options");
        Self { stream, unread: BytesMut::new() }
    }

    pub(super) async fn exchange(mut self, request: &[u8], method: &str) -> (Head, Body) {
        self.stream.write_all(request).await.expect("the server reads the request");
        let raw = self.through(b"\r\n\r\n").await.expect("a head comes");
        let head = parse(raw);
        let framing = framing(&head, method);
        (head, Body { wire: Some(self), framing })
    }

    /// What is unread up to this end of it, with it.
    async fn through(&mut self, end: &[u8]) -> io::Result<Bytes> {
        loop {
            if let Some(at) = self.unread.windows(end.len()).position(|bytes| bytes == end) {
                return Ok(self.unread.split_to(at + end.len()).freeze());
            }
            self.more().await?;
        }
    }

    async fn more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.unread).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// One chunk; an empty one is the last.
    async fn chunk(&mut self) -> io::Result<Bytes> {
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

impl Body {
    pub(super) async fn next(&mut self) -> Next {
        let Some(wire) = &mut self.wire else {
            return Next::End;
        };
        match self.framing {
            Framing::Ended => Next::End,
            Framing::Chunked => match wire.chunk().await {
                Ok(chunk) if chunk.is_empty() => {
                    self.framing = Framing::Ended;
                    Next::End
                }
                Ok(chunk) => Next::Frame(chunk),
                Err(_) => Next::Broken,
            },
            Framing::UntilClose => {
                while wire.unread.is_empty() {
                    match wire.more().await {
                        Ok(()) => {}
                        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                            self.framing = Framing::Ended;
                            return Next::End;
                        }
                        Err(_) => return Next::Broken,
                    }
                }
                Next::Frame(wire.unread.split().freeze())
            }
        }
    }

    /// The connection, once the body has ended.
    pub(super) fn take_wire(&mut self) -> Option<Wire> {
        self.wire.take_if(|_| matches!(self.framing, Framing::Ended))
    }
}

fn parse(raw: Bytes) -> Head {
    let text = raw.strip_suffix(b"\r\n\r\n").expect("it was read up to here");
    let mut lines = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
    let status = lines.next().expect("there is always a first line");
    let status = str::from_utf8(status).expect("a status line is ASCII");
    let code = status.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5));
    let code = code.and_then(|code| code.parse().ok());
    let headers = lines.map(|line| {
        let colon = line.iter().position(|byte| *byte == b':').expect("a header has a colon");
        let name = str::from_utf8(&line[..colon]).expect("a header name is ASCII");
        (name.to_ascii_lowercase(), line[colon + 1..].trim_ascii().to_owned())
    });
    Head {
        status: code.unwrap_or_else(|| panic!("a status line, not {status:?}")),
        headers: headers.collect(),
        raw: Some(raw.clone()),
    }
}

/// How the body is delimited. RFC 9112, section 6.3.
fn framing(head: &Head, method: &str) -> Framing {
    let length = head.header("content-length");
    match head.header("transfer-encoding") {
        _ if method == "HEAD" || matches!(head.status, 204 | 304) => Framing::Ended,
        Some(coding) => {
            assert_eq!(coding, b"chunked", "{head}");
            assert_eq!(length, None, "{head}");
            Framing::Chunked
        }
        None if length == Some(b"0") => Framing::Ended,
        // Refusals have short bodies of a known length; no case reads them.
        None => Framing::UntilClose,
    }
}
