//! A client for HTTP/1.1 and HTTP/2 that hides nothing: the head as it came, then chunk by chunk
//! or DATA frame by DATA frame.

use std::fmt;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::wire::Wire;
use crate::within;

mod h1;
mod h2;

/// The protocols that a host offers in clear text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protocol {
    /// HTTP/1.1.
    H1,
    /// HTTP/2 with prior knowledge.
    H2,
}

/// A request without a body.
#[derive(Clone, Debug)]
#[must_use]
pub struct Request {
    method: String,
    host: String,
    path: String,
    headers: Vec<(String, Vec<u8>)>,
}

/// The head of a response.
#[derive(Clone, Debug)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// The headers in their order, the names in lower case.
    pub headers: Vec<(String, Vec<u8>)>,
    /// The bytes of the head on HTTP/1.1.
    pub raw: Option<Bytes>,
}

/// What a body gives next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// One chunk of HTTP/1.1 or one DATA frame of HTTP/2, never empty.
    Frame(Bytes),
    /// The body was ended as the protocol says.
    End,
    /// The connection or the stream broke.
    Broken,
}

/// One request and its response, the head of which has been read.
///
/// When it is dropped, its connection is closed, unless another exchange on it goes on.
#[derive(Debug)]
pub struct Exchange {
    head: Head,
    body: Body,
}

#[derive(Debug)]
enum Body {
    H1(h1::Body),
    H2(h2::Body),
}

impl Request {
    /// A `GET` as an EventSource makes it for the first time.
    pub fn get(path: impl Into<String>) -> Self {
        let (method, host) = ("GET".to_owned(), "localhost".to_owned());
        Self { method, host, path: path.into(), headers: Vec::new() }
            .with_header("accept", "text/event-stream")
            .with_header("cache-control", "no-cache")
    }

    /// Sets the method.
    pub fn with_method(mut self, method: &str) -> Self {
        method.clone_into(&mut self.method);
        self
    }

    /// Sets whom it is for, in `Host` or `:authority`.
    pub fn with_host(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// Sets a header, or adds it.
    pub fn with_header(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self = self.without_header(name);
        self.headers.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Takes a header away.
    pub fn without_header(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// The bytes of the request on HTTP/1.1.
    fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = format!("{} {} HTTP/1.1\r\n", self.method, self.path).into_bytes();
        for (name, value) in [("host", self.host.as_bytes())]
            .into_iter()
            .chain(self.headers.iter().map(|(name, value)| (&**name, &**value)))
        {
            bytes.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        bytes.extend_from_slice(b"\r\n");
        bytes
    }
}

impl Head {
    /// The value of a header that must not be there twice.
    #[track_caller]
    pub fn header(&self, name: &str) -> Option<&[u8]> {
        let mut values = self.headers.iter().filter(|(other, _)| other == name);
        let value = values.next().map(|(_, value)| value.as_slice());
        assert!(values.next().is_none(), "{name} is there twice: {self}");
        value
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.status)?;
        self.headers
            .iter()
            .try_for_each(|(name, value)| write!(f, "; {name}: {}", value.escape_ascii()))
    }
}

impl Exchange {
    /// Sends a request on a connection of its own and reads the head of the response.
    ///
    /// # Panics
    /// When no head comes.
    pub async fn start(address: SocketAddr, protocol: Protocol, request: &Request) -> Self {
        match protocol {
            Protocol::H1 => {
                let wire = within("a connection", h1::connect(address)).await;
                Self::h1(wire, &request.to_bytes(), &request.method).await
            }
            Protocol::H2 => {
                let connection = within("a connection", h2::Connection::open(address)).await;
                Self::h2(connection, request).await
            }
        }
    }

    /// As [`start`](Exchange::start), but takes in as little ahead of its reader as the protocol
    /// lets it, so that a server soon feels that nobody reads. Frames may be cut.
    ///
    /// # Panics
    /// When no head comes.
    pub async fn start_narrow(address: SocketAddr, protocol: Protocol, request: &Request) -> Self {
        match protocol {
            Protocol::H1 => Self::start(address, protocol, request).await,
            Protocol::H2 => {
                let connection = within("a connection", h2::Connection::open_narrow(address)).await;
                Self::h2(connection, request).await
            }
        }
    }

    /// Sends these very bytes on an HTTP/1.1 connection, as a `GET`.
    ///
    /// # Panics
    /// When no head comes.
    pub async fn literal(address: SocketAddr, request: &[u8]) -> Self {
        let wire = within("a connection", h1::connect(address)).await;
        Self::h1(wire, request, "GET").await
    }

    /// Sends another request on the same connection: after the end of this response on HTTP/1.1,
    /// beside it on HTTP/2.
    ///
    /// # Panics
    /// When this body has not ended (HTTP/1.1), and when no head comes.
    pub async fn again(&mut self, request: &Request) -> Self {
        match &mut self.body {
            Body::H1(body) => {
                let wire = body.take_wire().expect("the body has ended and left the connection");
                Self::h1(wire, &request.to_bytes(), &request.method).await
            }
            Body::H2(body) => Self::h2(body.connection(), request).await,
        }
    }

    async fn h1(wire: Wire, request: &[u8], method: &str) -> Self {
        let (head, body) = within("the head", h1::exchange(wire, request, method)).await;
        Self { head, body: Body::H1(body) }
    }

    async fn h2(connection: h2::Connection, request: &Request) -> Self {
        let (head, body) = within("the head", connection.exchange(request)).await;
        Self { head, body: Body::H2(body) }
    }

    /// The head of the response.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// What the body gives next.
    ///
    /// # Panics
    /// When that is a frame with nothing in it, or nothing comes.
    ///
    /// # Cancel safety
    /// Nothing is lost.
    pub async fn next(&mut self) -> Next {
        let next = match &mut self.body {
            Body::H1(body) => within("the next chunk", body.next()).await,
            Body::H2(body) => within("the next DATA frame", body.next()).await,
        };
        assert!(next != Next::Frame(Bytes::new()), "a frame is empty");
        next
    }

    /// The next frame.
    ///
    /// # Panics
    /// When there is none.
    pub async fn frame(&mut self) -> Bytes {
        match self.next().await {
            Next::Frame(frame) => frame,
            other => panic!("a frame was due, but: {other:?}"),
        }
    }

    /// All frames up to the end.
    ///
    /// # Panics
    /// When the body breaks, or does not end.
    pub async fn frames(&mut self) -> Vec<Bytes> {
        let mut frames = Vec::new();
        // The whole has a limit too: a keep-alive would let a body that never ends pass each one.
        within("the end of the body", async {
            loop {
                match self.next().await {
                    Next::Frame(frame) => frames.push(frame),
                    Next::End => break,
                    Next::Broken => panic!("the body broke after {frames:?}"),
                }
            }
        })
        .await;
        frames
    }

    /// All bytes up to the end.
    ///
    /// # Panics
    /// When the body breaks, or does not end.
    pub async fn body(&mut self) -> Bytes {
        self.frames().await.concat().into()
    }

    /// Gives the response up, and leaves the connection open: resets the stream.
    ///
    /// # Panics
    /// On HTTP/1.1, which cannot do that.
    pub fn reset(self) -> Connection {
        match self.body {
            Body::H1(_) => panic!("HTTP/1.1 has no reset"),
            Body::H2(body) => Connection(body.connection()),
        }
    }
}

/// An HTTP/2 connection that is open.
#[derive(Debug)]
pub struct Connection(h2::Connection);

impl Connection {
    /// Sends a request and reads the head of the response.
    ///
    /// # Panics
    /// When no head comes.
    pub async fn send(&self, request: &Request) -> Exchange {
        Exchange::h2(self.0.clone(), request).await
    }
}
