//! The connection to a server, or to a cluster of them.

use std::future::Future;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::client::Statistics;
use async_nats::connection::State;
use async_nats::{Client, Event, HeaderMap, Message, Request, RequestErrorKind, ServerError};
use bytes::Bytes;
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::time::{Instant, sleep};

use crate::fault::Fault;

/// The connection to a server, or to a cluster of them.
pub(crate) struct Connection {
    pub(crate) client: Client,
    statistics: Arc<Statistics>,
    events: Events,
    /// When it was last given up; `None` if that is for others to do.
    renewed: Option<Mutex<Instant>>,
}

/// What the client tells of beside answers.
#[derive(Clone)]
pub(crate) struct Events {
    /// What the user may not do, by the last that was tried.
    denied: watch::Sender<String>,
    /// Why there is no connection.
    away: watch::Sender<String>,
}

/// How often one looks whether the connection is still the same.
pub(crate) const LOOK: Duration = Duration::from_millis(100);

/// A silent connection is given up no more often than this.
const RENEW: Duration = Duration::from_secs(2);

impl Events {
    pub(crate) fn new() -> Self {
        Self { denied: watch::Sender::default(), away: watch::Sender::default() }
    }

    pub(crate) fn note(&self, event: Event) {
        match event {
            Event::ServerError(ServerError::Other(error)) => drop(self.denied.send_replace(error)),
            Event::ServerError(error) => drop(self.away.send_replace(error.to_string())),
            Event::ClientError(error) => drop(self.away.send_replace(error.to_string())),
            Event::Connected => drop(self.away.send_replace(String::new())),
            _ => {}
        }
    }
}

impl Connection {
    /// One of ours, which is renewed when it is silent.
    pub(crate) fn new(client: Client, events: Events) -> Self {
        let renewed = Some(Mutex::new(Instant::now()));
        Self { statistics: client.statistics(), client, events, renewed }
    }

    /// One of the application.
    pub(crate) fn from_client(client: Client) -> Self {
        let events = Events::new();
        Self { statistics: client.statistics(), client, events, renewed: None }
    }

    /// Which connection it is, of all that there were.
    ///
    /// # Errors
    /// When there is none.
    pub(crate) fn number(&self) -> Result<u64, Fault> {
        if self.client.connection_state() == State::Connected {
            return Ok(self.statistics.connects.load(Relaxed));
        }
        let why = self.events.away.borrow().clone();
        // The words of the client for it.
        let is_denied = why.contains("authorization violation");
        Err(if is_denied { Fault::Denied(why) } else { Fault::Away(why) })
    }

    /// Ends when the connection is no longer the one of this number.
    pub(crate) async fn lost(&self, number: u64) {
        while self.number().ok() == Some(number) {
            sleep(LOOK).await;
        }
    }

    /// Sends this, and waits for the answer.
    pub(crate) async fn request(
        &self,
        subject: &str,
        headers: Option<HeaderMap>,
        payload: Bytes,
        patience: Duration,
    ) -> Result<Message, Fault> {
        let number = self.number()?;
        let mut request = Request::new().payload(payload).timeout(None);
        if let Some(headers) = headers {
            request = request.headers(headers);
        }
        let denied = self.denied(subject);
        // The client waits without a bound when its queue is full.
        tokio::select! {
            biased;
            answer = self.client.send_request(subject.to_owned(), request) => {
                answer.map_err(|error| self.fault(error.kind(), &error))
            }
            what = denied => Err(Fault::Denied(what)),
            () = self.lost(number) => Err(Fault::Silent("the connection was lost")),
            () = sleep(patience) => {
                self.renew();
                Err(Fault::Silent("it took too long"))
            }
        }
    }

    /// Gives up a connection that is silent: what is on its way there may come late, or never.
    pub(crate) fn renew(&self) {
        let Some(renewed) = &self.renewed else { return };
        let mut last = renewed.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() > RENEW && self.client.connection_state() == State::Connected {
            *last = Instant::now();
            // It has a place in the queue of the client, or else the next may try.
            let _ = self.client.force_reconnect().now_or_never();
        }
    }

    /// What the server says when the user may not do this, from now on.
    fn denied(&self, subject: &str) -> impl Future<Output = String> + use<> {
        let mut denied = self.events.denied.subscribe();
        let subject = format!("\"{subject}\"");
        async move {
            loop {
                if denied.changed().await.is_err() {
                    std::future::pending::<()>().await;
                }
                let what = denied.borrow_and_update().clone();
                // No answer can come if the place for answers is not allowed.
                if what.contains(&subject) || what.contains("Subscription to \"_INBOX.") {
                    return what;
                }
            }
        }
    }

    fn fault(&self, kind: RequestErrorKind, error: &dyn std::error::Error) -> Fault {
        match kind {
            RequestErrorKind::NoResponders if self.has_no_jetstream() => {
                Fault::Unusable("server has no JetStream".into())
            }
            RequestErrorKind::NoResponders => Fault::NoResponders,
            RequestErrorKind::MaxPayloadExceeded => Fault::TooLarge,
            RequestErrorKind::TimedOut => Fault::Silent("it took too long"),
            _ => Fault::Away(error.to_string()),
        }
    }

    /// Whether a server that stands alone has no JetStream. Of a cluster, others may have it.
    fn has_no_jetstream(&self) -> bool {
        let info = self.client.server_info();
        !info.jetstream && info.cluster.is_none()
    }
}
