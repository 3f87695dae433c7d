//! What all connections of a server share.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use crate::BoxError;
use crate::gate::Gate;
use crate::reactor::{Reactor, Taken};
use crate::request_body::RequestBody;
use crate::takeovers::Takeovers;

/// What all connections of a server share.
pub(crate) struct Host<S, B> {
    pub(crate) make: Mutex<Make<S>>,
    pub(crate) reactors: Vec<Reactor<B>>,
    pub(crate) next: AtomicUsize,
    pub(crate) gate: Arc<Gate>,
    pub(crate) takeovers: Takeovers,
    /// Whether what many wait for is read for all of them.
    pub(crate) shares: bool,
    #[cfg(feature = "http2")]
    pub(crate) http2: bool,
}

/// Makes the service of a connection, from where it comes from.
pub(crate) type Make<S> = Box<dyn FnMut(Option<SocketAddr>) -> S + Send>;

/// A service that can be served.
pub(crate) trait App<B>:
    Service<Request<RequestBody>, Response = Response<B>, Future: Send, Error: Into<BoxError>>
    + Clone
    + Send
    + 'static
{
}

impl<S, B> App<B> for S where
    S: Service<Request<RequestBody>, Response = Response<B>, Future: Send, Error: Into<BoxError>>
        + Clone
        + Send
        + 'static
{
}

/// The body of its responses.
pub(crate) trait AppBody: Body<Data: Send, Error: Into<BoxError>> + Send + 'static {}

impl<B> AppBody for B where B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static {}

impl<S, B> Host<S, B> {
    pub(crate) fn service(&self, peer: Option<SocketAddr>) -> S {
        // Whatever panicked in it has done so to its own connection.
        self.make.lock().unwrap_or_else(PoisonError::into_inner)(peer)
    }

    /// Has a reactor write the rest of a response: each in turn.
    pub(crate) fn take(&self, taken: Taken<B>) {
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        self.reactors[turn % self.reactors.len()].take(taken);
    }
}
