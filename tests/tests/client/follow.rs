//! An event source as a scenario wants it.

use std::fmt;

use bytes::Bytes;
use conformance::oracle::Dispatched;
use conformance::scenarios::{ReadyState, Settings, What};
use http::{HeaderName, HeaderValue, Method, Request};
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tower_sse_client::{EventSource, Policy, Reqwest, Update};

/// What the event source stands on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Http {
    Hyper,
    Reqwest,
}

/// An event source that shows what a browser's would.
pub(crate) struct Followed {
    source: EventSource,
    is_over: bool,
}

pub(crate) fn follow(http: Http, settings: &Settings, url: &str) -> Followed {
    let method = settings.method.as_deref().unwrap_or("GET");
    let mut request = Request::new(Bytes::from(settings.body.clone()));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).expect("a method");
    *request.uri_mut() = url.parse().expect("an address");
    for (name, value) in &settings.headers {
        let name: HeaderName = name.parse().expect("a header's name");
        request.headers_mut().append(name, HeaderValue::from_str(value).expect("a header's value"));
    }

    let mut policy = Policy::new();
    if let Some(delay) = settings.reconnect {
        policy = policy.with_delay(delay);
    }
    if let Some(limit) = settings.head_timeout {
        policy = policy.with_response_timeout(limit);
    }
    if let Some(limit) = settings.idle_timeout {
        policy = policy.with_idle_timeout(limit);
    }
    // An EventSource of a browser gives up where this one comes back.
    if settings.retry_statuses.is_empty() {
        policy = policy.with_final(|_| true);
    }
    Followed { source: connect(http, request, policy), is_over: false }
}

pub(crate) fn connect(http: Http, request: Request<Bytes>, policy: Policy) -> EventSource {
    match http {
        Http::Hyper => {
            let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
            EventSource::request(request.map(Full::new)).with_policy(policy).connect(client)
        }
        Http::Reqwest => {
            // Whatever else this machine's environment says of proxies.
            let client = Reqwest::new(reqwest::Client::builder().no_proxy()).expect("a client");
            let (head, body) = request.into_parts();
            EventSource::request(Request::from_parts(head, ()))
                .with_body(move || body.clone().into())
                .with_policy(policy)
                .connect(client)
        }
    }
}

impl Followed {
    /// What a browser would show next.
    pub(crate) async fn next(&mut self) -> Option<What> {
        loop {
            let what = match self.source.update().await {
                Some(Ok(Update::Open(_))) => What::Open,
                Some(Ok(Update::Event(event))) => What::Message(Dispatched {
                    name: event.event_type().to_owned(),
                    data: event.data().expect("an event with data").to_owned(),
                    id: self.source.last_event_id().to_owned(),
                }),
                Some(Ok(Update::Reconnect { .. })) => What::Error(ReadyState::Connecting),
                Some(Ok(_)) => continue,
                Some(Err(error)) if error.is_too_long() => continue,
                Some(Err(_)) => What::Error(ReadyState::Closed),
                // After a 204 there is no error, but a browser fires one.
                None if !self.is_over => What::Error(ReadyState::Closed),
                None => return None,
            };
            self.is_over = what == What::Error(ReadyState::Closed);
            return Some(what);
        }
    }

    pub(crate) fn ready_state(&self) -> ReadyState {
        match self.source.ready_state() {
            tower_sse_client::ReadyState::Connecting => ReadyState::Connecting,
            tower_sse_client::ReadyState::Open => ReadyState::Open,
            tower_sse_client::ReadyState::Closed => ReadyState::Closed,
        }
    }
}

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hyper => "hyper",
            Self::Reqwest => "reqwest",
        })
    }
}
