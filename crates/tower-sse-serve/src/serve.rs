//! A server.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, IntoFuture, pending, poll_fn};
use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use tokio::runtime::Handle;
use tower_service::Service;

use crate::connection;
use crate::gate::{Gate, Guest};
use crate::host::{App, AppBody, Host, Make};
use crate::prefix::Prefix;
use crate::reactor::{Patience, Reactor};
use crate::request_body::RequestBody;
use crate::socket::{Socket, Stream};
use crate::{BoxError, Listener, Takeovers};

/// Serves a service, such as an axum `Router`, on a listener.
///
/// Each request has the address of its client among its extensions, as a [`SocketAddr`], if it came
/// by TCP.
///
/// ```no_run
/// use axum::{Router, routing::get};
/// use tokio::net::TcpListener;
///
/// # #[tokio::main]
/// # async fn main() -> std::io::Result<()> {
/// let app = Router::new().route("/", get(async || "hello"));
/// tower_sse_serve::serve(TcpListener::bind("127.0.0.1:3000").await?, app).await
/// # }
/// ```
pub fn serve<S>(listener: impl Into<Listener>, service: S) -> Serve<S>
where
    S: Clone + Send + 'static,
{
    serve_each(listener, move |_| service.clone())
}

/// Serves each connection by a service of its own, made from the address of the client, if it has
/// one.
///
/// A connection that an event stream leaves open may have another one made.
pub fn serve_each<S, F>(listener: impl Into<Listener>, make: F) -> Serve<S>
where
    F: FnMut(Option<SocketAddr>) -> S + Send + 'static,
{
    Serve {
        listeners: vec![listener.into()],
        make: Box::new(make),
        signal: Box::pin(pending()),
        takeovers: Takeovers::default(),
        nodelay: true,
        peer_timeout: PeerTimeout::Default,
        loops: None,
        shares: true,
        #[cfg(feature = "http2")]
        http2: false,
    }
}

/// A server: a future, once it is awaited, that ends by a graceful shutdown only.
///
/// It spawns a task for each connection that hyper serves, and a task for each loop that writes to
/// the streams that were taken over. When it is dropped, they go on, as those of axum do, for as
/// long as there is something for them to do and the runtime lives.
#[must_use = "a server does nothing unless it is awaited"]
pub struct Serve<S> {
    listeners: Vec<Listener>,
    make: Make<S>,
    signal: Pin<Box<dyn Future<Output = ()> + Send>>,
    takeovers: Takeovers,
    nodelay: bool,
    peer_timeout: PeerTimeout,
    loops: Option<NonZeroUsize>,
    shares: bool,
    #[cfg(feature = "http2")]
    http2: bool,
}

enum PeerTimeout {
    Default,
    Set(Duration),
    Off,
}

const PEER_TIMEOUT: Duration = Duration::from_secs(60);

impl<S> Serve<S> {
    /// Listens here as well.
    pub fn with_listener(mut self, listener: impl Into<Listener>) -> Self {
        self.listeners.push(listener.into());
        self
    }

    /// Stops when `signal` resolves: nobody is let in any more, requests that are under way are
    /// answered, and then connections are closed. The server ends when all are.
    ///
    /// It waits for event streams to end by themselves, so drain them first: see
    /// [`Streams`](tower_sse::Streams).
    pub fn with_graceful_shutdown<F>(mut self, signal: F) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        self.signal = Box::pin(signal);
        self
    }

    /// Whether small writes leave at once (`TCP_NODELAY`), as by default.
    pub fn with_nodelay(mut self, nodelay: bool) -> Self {
        self.nodelay = nodelay;
        self
    }

    /// After which time a peer that is gone, or takes nothing of what is to be sent to it, is given
    /// up. By default, it is a minute, and listeners that have a TCP keep-alive keep theirs.
    ///
    /// On TCP listeners it sets what [`set_peer_timeout`](tower_sse::set_peer_timeout) does. To
    /// streams that were taken over it applies on all systems, and to Unix sockets.
    pub fn with_peer_timeout(mut self, timeout: Duration) -> Self {
        self.peer_timeout = PeerTimeout::Set(timeout);
        self
    }

    /// Leaves it to the system when to give up a peer: for a quarter of an hour as a rule, and for
    /// ever if it is there and takes nothing.
    pub fn without_peer_timeout(mut self) -> Self {
        self.peer_timeout = PeerTimeout::Off;
        self
    }

    /// How many loops write to the streams that were taken over. By default, as many as the runtime
    /// has threads.
    pub fn with_loops(mut self, loops: NonZeroUsize) -> Self {
        self.loops = Some(loops);
        self
    }

    /// Asks the body of each stream for whatever is written to it. By default, events of a hub are
    /// written to all who wait at the same place of it, and middleware that watches the frames of a
    /// body, and changes nothing, does not see them all.
    pub fn asking_every_body(mut self) -> Self {
        self.shares = false;
        self
    }

    /// Speaks HTTP/2 with clients that begin with it, in clear text.
    #[cfg(feature = "http2")]
    pub fn with_http2(mut self) -> Self {
        self.http2 = true;
        self
    }

    /// What is taken over, and what is not.
    pub fn takeovers(&self) -> Takeovers {
        self.takeovers.clone()
    }
}

impl<S> Serve<S> {
    async fn run<B>(self) -> io::Result<()>
    where
        S: App<B>,
        B: AppBody,
    {
        for listener in &self.listeners {
            match self.peer_timeout {
                PeerTimeout::Default if !listener.has_peer_timeout()? => {
                    listener.set_peer_timeout(PEER_TIMEOUT)?;
                }
                PeerTimeout::Set(timeout) => listener.set_peer_timeout(timeout)?,
                PeerTimeout::Default | PeerTimeout::Off => {}
            }
        }
        let loops =
            self.loops.map_or_else(|| Handle::current().metrics().num_workers(), Into::into);
        let patience = Patience(match self.peer_timeout {
            PeerTimeout::Default => Some(PEER_TIMEOUT),
            PeerTimeout::Set(timeout) => Some(timeout),
            PeerTimeout::Off => None,
        });
        let takeovers = self.takeovers;
        let mut parts = Vec::new();
        for _ in 0..loops {
            parts.push(Reactor::new(patience, takeovers.clone())?);
        }
        let (reactors, loops): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let gate = Arc::<Gate>::default();
        let host = Arc::new(Host {
            make: Mutex::new(self.make),
            reactors,
            next: AtomicUsize::new(0),
            gate: Arc::clone(&gate),
            takeovers,
            shares: self.shares,
            #[cfg(feature = "http2")]
            http2: self.http2,
        });
        for mut reactor in loops {
            // The loops live for as long as the host does, and not the other way round.
            let host = Arc::downgrade(&host);
            reactor.give_back_to(Box::new(move |socket: Socket, unread, guest: Guest| {
                let Some(host) = host.upgrade().filter(|host| !host.gate.is_closing()) else {
                    return;
                };
                match Stream::try_from(socket) {
                    Ok(stream) => welcome(&host, stream, Prefix::from(unread), guest),
                    Err(error) => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "socket is lost");
                    }
                }
            }));
            // Each of its polls is bounded; a budget for one task is not one for thousands.
            tokio::spawn(tokio::task::unconstrained(reactor));
        }

        let mut signal = self.signal;
        let accept = |listener| Box::pin(accept(listener, &host, self.nodelay));
        let mut accepting: Vec<_> = self.listeners.iter().map(accept).collect();
        poll_fn(|cx| {
            // First: while many come, there is no turn left for what is asked after them.
            if signal.as_mut().poll(cx).is_ready() {
                return Poll::Ready(());
            }
            // Each is asked, and each is the first in turn: nobody waits behind those who are busy.
            accepting.rotate_left(1);
            for accepting in &mut accepting {
                let Poll::Pending = accepting.as_mut().poll(cx);
            }
            Poll::Pending
        })
        .await;
        drop(accepting);
        drop(self.listeners);
        gate.close();
        gate.emptied().await;
        Ok(())
    }
}

/// Has everybody served who comes by a listener. What fails there holds no other listener up.
async fn accept<S, B>(listener: &Listener, host: &Arc<Host<S, B>>, nodelay: bool) -> Infallible
where
    S: App<B>,
    B: AppBody,
{
    loop {
        match poll_fn(|cx| listener.poll_accept(cx)).await {
            Ok(stream) => {
                if let Stream::Tcp(stream) = &stream {
                    if let Err(error) = stream.set_nodelay(nodelay) {
                        tracing::debug!(error = &error as &dyn std::error::Error, "no nodelay");
                    }
                }
                welcome(host, stream, Prefix::default(), host.gate.enter());
            }
            Err(error) => rest(&error).await,
        }
    }
}

/// Has hyper serve a connection.
fn welcome<S, B>(host: &Arc<Host<S, B>>, stream: Stream, prefix: Prefix, guest: Guest)
where
    S: App<B>,
    B: AppBody,
{
    tokio::spawn(connection::serve(Arc::clone(host), stream, prefix, guest));
}

/// What a listener is given after an error, before it is asked again.
async fn rest(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    if [ConnectionAborted, ConnectionRefused, ConnectionReset].contains(&error.kind()) {
        // One that was gone before it was accepted.
        return;
    }
    // Out of files, most likely: it gets better when somebody leaves.
    tracing::error!(error = error as &dyn std::error::Error, "nobody can be accepted for now");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

impl<S, B> IntoFuture for Serve<S>
where
    S: Service<Request<RequestBody>, Response = Response<B>, Future: Send, Error: Into<BoxError>>
        + Clone
        + Send
        + 'static,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    type Output = io::Result<()>;
    type IntoFuture = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

    /// # Errors
    /// When the system has no room for a loop, or does not take the timeout of peers. An error of a
    /// listener is traced, and it is asked again.
    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run::<B>())
    }
}

impl<S> fmt::Debug for Serve<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serve").field("listeners", &self.listeners).finish_non_exhaustive()
    }
}
