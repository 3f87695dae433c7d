//! A client that sees every byte.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A client that sees every byte.
pub(crate) struct Client<T = TcpStream> {
    pub(crate) socket: T,
    /// What it has read and nobody has taken.
    seen: Vec<u8>,
}

/// More than anything takes, on a machine under load.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn within<F: Future>(what: &str, future: F) -> F::Output {
    timeout(PATIENCE, future).await.unwrap_or_else(|_| panic!("{what}: not within {PATIENCE:?}"))
}

impl Client {
    pub(crate) async fn get(address: SocketAddr, path: &str) -> Self {
        let mut client = Self::connect(address).await;
        client.ask(path).await;
        client
    }

    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self::new(TcpStream::connect(address).await.expect("it listens"))
    }
}

impl<T: AsyncRead + AsyncWrite + Unpin> Client<T> {
    pub(crate) fn new(socket: T) -> Self {
        Self { socket, seen: Vec::new() }
    }

    pub(crate) async fn ask(&mut self, path: &str) {
        self.send(&format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n")).await;
    }

    pub(crate) async fn send(&mut self, bytes: &str) {
        self.socket.write_all(bytes.as_bytes()).await.expect("the server reads");
    }

    /// Everything up to what is looked for, and that as well.
    pub(crate) async fn until(&mut self, end: &str) -> String {
        let what = format!("{end:?}");
        let taken = within(&what, async {
            let mut from = 0;
            loop {
                let mut all = self.seen[from..].windows(end.len());
                if let Some(at) = all.position(|seen| seen == end.as_bytes()) {
                    break self.seen.drain(..from + at + end.len()).collect();
                }
                from = self.seen.len().saturating_sub(end.len());
                let read = self.socket.read_buf(&mut self.seen).await.expect("it is not broken");
                assert_ne!(read, 0, "{what} does not come after {:?}", self.text());
            }
        });
        String::from_utf8(taken.await).expect("it is text")
    }

    /// The head of a response.
    pub(crate) async fn head(&mut self) -> String {
        self.until("\r\n\r\n").await
    }

    /// All that comes until the connection ends, and whether it ends as it should.
    pub(crate) async fn rest(&mut self) -> (String, bool) {
        let ended = within("the end", self.socket.read_to_end(&mut self.seen)).await;
        (std::mem::take(&mut self.seen).try_into().expect("it is text"), ended.is_ok())
    }

    /// The data of the next chunk; nothing is the last one.
    pub(crate) async fn chunk(&mut self) -> Vec<u8> {
        let size = self.until("\r\n").await;
        let size = usize::from_str_radix(size.trim_end(), 16).expect("a size in hexadecimal");
        while self.seen.len() < size + 2 {
            let read = within("a chunk", self.socket.read_buf(&mut self.seen)).await;
            assert_ne!(read.expect("it is not broken"), 0, "a chunk is cut off");
        }
        let mut chunk: Vec<u8> = self.seen.drain(..size + 2).collect();
        assert_eq!(chunk.split_off(size), b"\r\n");
        chunk
    }

    /// The data of all chunks up to the last.
    pub(crate) async fn body(&mut self) -> Vec<u8> {
        let mut body = Vec::new();
        loop {
            match &*self.chunk().await {
                [] => return body,
                chunk => body.extend_from_slice(chunk),
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }
}
