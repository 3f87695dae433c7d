//! HTTP/2 with prior knowledge, by the crate `h2`.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use h2::RecvStream;
use h2::client::{Builder, SendRequest};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use super::{Head, Next, Request};

/// A handle on a connection, which is closed with the last of them.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    sender: SendRequest<Bytes>,
    _driver: Arc<Driver>,
}

#[derive(Debug)]
struct Driver(JoinHandle<()>);

/// A body, and the connection that it comes on.
#[derive(Debug)]
pub(super) struct Body {
    stream: RecvStream,
    connection: Connection,
}

impl Connection {
    pub(super) async fn open(address: SocketAddr) -> Self {
        let mut wide = Builder::new();
        // Wide enough that a frame of a body is never cut for want of window or size.
        wide.initial_window_size(1 << 24)
            .initial_connection_window_size(1 << 26)
            .max_frame_size((1 << 24) - 1);
        Self::open_as(address, &wide).await
    }

    /// With the windows that the standard begins with, of 64 KiB.
    pub(super) async fn open_narrow(address: SocketAddr) -> Self {
        Self::open_as(address, &Builder::new()).await
    }

    async fn open_as(address: SocketAddr, builder: &Builder) -> Self {
        let stream = TcpStream::connect(address).await.expect("the server accepts");
        stream.set_nodelay(true).expect("an open socket takes options");
        let (sender, connection) =
            builder.handshake(stream).await.expect("the server speaks HTTP/2");
        let driver = tokio::spawn(async move {
            // How it broke is seen by the exchanges on it.
            let _ = connection.await;
        });
        Self { sender, _driver: Arc::new(Driver(driver)) }
    }

    pub(super) async fn exchange(self, request: &Request) -> (Head, Body) {
        let uri = format!("http://{}{}", request.host, request.path);
        let mut message = http::Request::builder().method(&*request.method).uri(uri);
        for (name, value) in &request.headers {
            message = message.header(name, value.as_slice());
        }
        let message = message.body(()).expect("a request is well formed");
        let mut sender = self.sender.clone().ready().await.expect("the connection is open");
        let (response, _) = sender.send_request(message, true).expect("a request is sent");
        let (parts, stream) = response.await.expect("a head comes").into_parts();
        let headers = parts.headers.iter();
        let head = Head {
            status: parts.status.as_u16(),
            headers: headers.map(|(n, v)| (n.to_string(), v.as_bytes().to_owned())).collect(),
            raw: None,
        };
        (head, Body { stream, connection: self })
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Body {
    pub(super) async fn next(&mut self) -> Next {
        match self.stream.data().await {
            // An empty frame that ends the stream is how the end is said, and no part of the body.
            Some(Ok(frame)) if frame.is_empty() && self.stream.is_end_stream() => Next::End,
            Some(Ok(frame)) => {
                let read = self.stream.flow_control().release_capacity(frame.len());
                read.expect("what was read can be released");
                Next::Frame(frame)
            }
            Some(Err(_)) => Next::Broken,
            None => Next::End,
        }
    }

    pub(super) fn connection(&self) -> Connection {
        self.connection.clone()
    }
}
