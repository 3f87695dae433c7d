//! An exchange, written to a socket.

use std::io;
use std::time::Duration;

use tokio::io::AsyncWriteExt as _;
use tokio::time::sleep;

use super::server::Urls;
use super::{After, Exchange};
use crate::wire::Wire;

// Long enough that one write is read apart from the next, and before a reset throws it away.
const PAUSE: Duration = Duration::from_millis(20);

impl Exchange {
    /// Answers a request that has been read, up to where the connection can be used again.
    ///
    /// # Errors
    /// When it cannot, as the exchange will have it or as the client will.
    pub(super) async fn play(&self, wire: &mut Wire, urls: &Urls) -> io::Result<()> {
        if self.after == After::Silence {
            return gone(wire).await;
        }
        wire.stream.write_all(self.head(urls).as_bytes()).await?;
        let (mut written, mut rest) = (false, self.body.as_slice());
        for len in self.chunk_lens.iter().copied().chain([usize::MAX]) {
            let (chunk, after) = rest.split_at(len.min(rest.len()));
            rest = after;
            // A chunk of no bytes would be the end of the body.
            if chunk.is_empty() {
                continue;
            }
            if written {
                sleep(PAUSE).await;
            }
            written = true;
            let size = format!("{:x}\r\n", chunk.len());
            wire.stream.write_all(&[size.as_bytes(), chunk, b"\r\n"].concat()).await?;
        }
        match self.after {
            After::Close if self.has_body() => wire.stream.write_all(b"0\r\n\r\n").await,
            After::Close => Ok(()),
            After::Hold | After::Silence => gone(wire).await,
            After::Reset => {
                sleep(PAUSE).await;
                wire.stream.set_zero_linger()?;
                Err(io::ErrorKind::ConnectionReset.into())
            }
            After::Cut => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    fn head(&self, urls: &Urls) -> String {
        let mut head = format!("HTTP/1.1 {} {}\r\n", self.status, self.reason);
        for (name, value) in &self.headers {
            let value = match value.as_str() {
                "@self" => &format!("{}?hop=1", urls.own),
                "@other" => &format!("{}?hop=1", urls.other),
                value => value,
            };
            head += &format!("{name}: {value}\r\n");
        }
        if self.has_body() {
            head += "transfer-encoding: chunked\r\n";
        }
        head + "\r\n"
    }

    /// Whether the status lets a body follow. RFC 9112, section 6.3.
    fn has_body(&self) -> bool {
        !matches!(self.status, 100..=199 | 204 | 304)
    }
}

/// Waits until the client is gone, which is the error.
async fn gone(wire: &mut Wire) -> io::Result<()> {
    loop {
        wire.unread.clear();
        wire.more().await?;
    }
}
