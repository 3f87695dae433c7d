//! The server that plays a scenario.

use std::future::pending;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::{Exchange, Origin, Request, Scenario, Seen, What};
use crate::wire::Wire;

/// A server that plays one scenario for one client, until it is dropped.
#[derive(Debug)]
pub struct Server {
    stage: Arc<Stage>,
    _accepting: JoinSet<()>,
}

#[derive(Debug)]
struct Stage {
    scenario: Scenario,
    started: Instant,
    urls: Urls,
    requests: Mutex<Vec<Request>>,
}

#[derive(Debug)]
pub(super) struct Urls {
    pub(super) own: String,
    pub(super) other: String,
}

impl Server {
    /// Starts on ports of its own.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start(scenario: &Scenario) -> Self {
        let (own, own_url) = listen().await;
        let (other, other_url) = listen().await;
        let stage = Arc::new(Stage {
            scenario: scenario.clone(),
            started: Instant::now(),
            urls: Urls { own: own_url, other: other_url },
            requests: Mutex::default(),
        });
        let mut accepting = JoinSet::new();
        accepting.spawn(stage.clone().accept(own, Origin::Own));
        accepting.spawn(stage.clone().accept(other, Origin::Other));
        Self { stage, _accepting: accepting }
    }

    /// Where the client is to ask.
    pub fn url(&self) -> &str {
        &self.stage.urls.own
    }

    /// The time since the start, which requests and all that was [`Seen`] are told in.
    pub fn elapsed(&self) -> Duration {
        self.stage.elapsed()
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.stage.requests().clone()
    }

    /// Notes what a client shows, until it has shown all messages after which the scenario stops
    /// it, or else until the scenario's time is over, even when `next` gives nothing more.
    pub async fn watch(&self, mut next: impl AsyncFnMut() -> Option<What>) -> Vec<Seen> {
        let Scenario { observe, stop_after_events, .. } = self.stage.scenario;
        let mut left = stop_after_events.unwrap_or(usize::MAX);
        let mut seen = Vec::new();
        let watching = async {
            while let Some(what) = next().await {
                left = left.saturating_sub(usize::from(matches!(what, What::Message(_))));
                seen.push(Seen { at: self.elapsed(), what });
                if left == 0 {
                    return;
                }
            }
            // A client that has closed must not ask again, so the time is waited out.
            pending::<()>().await;
        };
        // To run out of time is how most scenarios end.
        let _ = timeout(observe, watching).await;
        seen
    }
}

impl Stage {
    fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }

    fn requests(&self) -> MutexGuard<'_, Vec<Request>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request, and gives what answers it.
    fn note(&self, request: Request) -> Option<&Exchange> {
        let hop = request.hop();
        let mut requests = self.requests();
        requests.push(request);
        self.scenario.exchange(requests.len() - 1, hop)
    }

    async fn accept(self: Arc<Self>, listener: TcpListener, origin: Origin) {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.expect("the listener lives");
            let stage = self.clone();
            connections.spawn(async move {
                // How it ended is for the client to show.
                let _ = stage.converse(stream, origin).await;
            });
            while connections.try_join_next().is_some() {}
        }
    }

    async fn converse(&self, stream: TcpStream, origin: Origin) -> io::Result<()> {
        let mut wire = Wire::new(stream);
        loop {
            let request = Request::read(&mut wire, origin, || self.elapsed()).await?;
            let exchange = self.note(request).ok_or(io::ErrorKind::NotFound)?;
            exchange.play(&mut wire, &self.urls).await?;
        }
    }
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let address = listener.local_addr().expect("a bound socket has an address");
    (listener, format!("http://{address}/events"))
}
