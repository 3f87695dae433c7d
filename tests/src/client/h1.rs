//! HTTP/1.1 by hand.

use std::io;
use std::net::SocketAddr;

use bytes::Bytes;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

use super::{Head, Next};
use crate::wire::{self, Wire};

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

pub(super) async fn connect(address: SocketAddr) -> Wire {
    Wire::new(TcpStream::connect(address).await.expect("the server accepts"))
}

pub(super) async fn exchange(mut wire: Wire, request: &[u8], method: &str) -> (Head, Body) {
    wire.stream.write_all(request).await.expect("the server reads the request");
    let raw = wire.through(b"\r\n\r\n").await.expect("a head comes");
    let head = parse(raw);
    let framing = framing(&head, method);
    (head, Body { wire: Some(wire), framing })
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
    let (status, headers) = wire::head(&raw);
    let code = status.strip_prefix("HTTP/1.").and_then(|rest| rest.get(2..5));
    let code = code.and_then(|code| code.parse().ok());
    let status = code.unwrap_or_else(|| panic!("a status line, not {status:?}"));
    Head { status, headers, raw: Some(raw) }
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
