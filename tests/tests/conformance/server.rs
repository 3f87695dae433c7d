//! One server of one host, for one case.

use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::thread::JoinHandle;

use conformance::client::{Exchange, Protocol, Request};
use futures_util::Stream;
use tokio::net::TcpSocket;
use tokio::sync::oneshot;
use tower_sse::{Encoded, Item, Sse};
use tower_sse_hub::Subscription;

use crate::place::{Place, Route};
use crate::scenarios::{Answer, Asked, Fallible, Scenarios, Stage, Telling};

/// A server of one host in a thread of its own, which stops when this is dropped.
pub(crate) struct Server {
    pub(crate) place: Place,
    stage: Stage,
    address: SocketAddr,
    listener: TcpListener,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    pub(crate) fn start(place: Place) -> Self {
        Self::start_at(place, Ipv4Addr::LOCALHOST.into())
    }

    /// As [`start`](Server::start), on another address of this machine than loopback's.
    pub(crate) fn start_at(place: Place, address: IpAddr) -> Self {
        let stage = Stage::default();
        // Long enough a queue for a thousand clients at once.
        let socket = TcpSocket::new_v4().expect("a socket can be had");
        socket.bind((address, 0).into()).expect("some port is free");
        let listener = socket.listen(4096).and_then(tokio::net::TcpListener::into_std);
        let listener = listener.expect("a bound socket listens");
        let address = listener.local_addr().expect("a listener has an address");
        let other = listener.try_clone().expect("another handle can be had");
        let (stop, stopped) = oneshot::channel();
        let (serve, served) = (place.host.serve, stage.clone());
        let thread = std::thread::spawn(move || serve(listener, served, stopped));
        Self { place, stage, address, listener: other, stop: Some(stop), thread: Some(thread) }
    }

    /// Sets up a scenario, and returns the path to it on the route of this place.
    pub(crate) fn events<F>(&self, scenario: F) -> String
    where
        F: Fn(Asked) -> Answer<Fallible> + Send + Sync + 'static,
    {
        self.path("events", &self.stage.events, scenario)
    }

    /// As [`events`](Server::events), with a stream of events that are encoded already.
    pub(crate) fn encoded<F>(&self, scenario: F) -> String
    where
        F: Fn(Asked) -> Answer<Encoded> + Send + Sync + 'static,
    {
        self.path("encoded", &self.stage.encoded, scenario)
    }

    /// As [`encoded`](Server::encoded), with a stream that says when its reader is too slow.
    pub(crate) fn telling<F>(&self, scenario: F) -> String
    where
        F: Fn(Asked) -> Answer<Telling> + Send + Sync + 'static,
    {
        self.path("telling", &self.stage.telling, scenario)
    }

    /// As [`encoded`](Server::encoded), with a subscription to a hub as it is.
    pub(crate) fn hub<F>(&self, scenario: F) -> String
    where
        F: Fn(Asked) -> Sse<Subscription> + Send + Sync + 'static,
    {
        self.path("hub", &self.stage.hub, scenario)
    }

    fn path<S, F>(&self, kind: &str, scenarios: &Scenarios<S>, scenario: F) -> String
    where
        S: Stream<Item: Item> + Send + 'static,
        F: Fn(Asked) -> Sse<S> + Send + Sync + 'static,
    {
        format!("/{kind}/{}/{}", self.place.route.name(), scenarios.add(scenario))
    }

    /// Sends a `GET` and reads the head, which must be that of a stream.
    pub(crate) async fn get(&self, path: &str) -> Exchange {
        let exchange = self.send(&Request::get(path)).await;
        assert_eq!(exchange.head().status, 200, "{}", exchange.head());
        exchange
    }

    /// As [`get`](Server::get), for a stream in which nothing is ready: reads the comment that
    /// opens it.
    pub(crate) async fn opened(&self, path: &str) -> Exchange {
        let mut exchange = self.get(path).await;
        assert_eq!(exchange.frame().await, ":\n\n");
        exchange
    }

    /// Sends a request and reads the head.
    pub(crate) async fn send(&self, request: &Request) -> Exchange {
        Exchange::start(self.address, self.place.protocol, request).await
    }

    /// How often the host wrote to somebody what it had read from a hub for all who wait at a
    /// place; none where it never does.
    pub(crate) fn shared(&self) -> Option<u64> {
        let Place { host, route, protocol } = self.place;
        let shares = host.shares && route == Route::Native && protocol == Protocol::H1;
        shares.then(|| self.stage.takeovers.get().expect("it is started").shared())
    }

    /// Judges whether a case has shown what it is to show: that what the host reads for many is
    /// what each would have got.
    #[track_caller]
    pub(crate) fn check_shared(&self) {
        assert_ne!(self.shared(), Some(0), "each stream was asked by itself");
    }

    /// What the host listens on.
    pub(crate) fn listener(&self) -> &TcpListener {
        &self.listener
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        let served = self.thread.take().expect("a server is dropped once").join();
        // A host that has panicked has said so; another panic in here would abort the suite.
        if !std::thread::panicking() {
            served.expect("the server lives until it is stopped");
        }
    }
}
