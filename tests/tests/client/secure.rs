//! Servers that cannot be reached, and servers that cannot be trusted.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use conformance::scenarios::{Refusing, SelfSigned};
use conformance::within;
use http::Request;
use http_body_util::Full;
use hyper_rustls::HttpsConnectorBuilder;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tower_sse_client::{Error, EventSource, Policy, Update};

use crate::follow::{Http, connect};

type Case = fn(Http) -> Pin<Box<dyn Future<Output = Result<(), String>>>>;

pub(crate) fn all() -> impl Iterator<Item = (&'static str, Case)> {
    let all: [(_, Case); 4] = [
        ("connection-refused", |http| Box::pin(connection_refused(http))),
        ("no-such-name", |http| Box::pin(no_such_name(http))),
        ("certificate-nobody-signed", |_| Box::pin(certificate_nobody_signed())),
        ("certificate-that-is-trusted", |_| Box::pin(certificate_that_is_trusted())),
    ];
    all.into_iter()
}

async fn connection_refused(http: Http) -> Result<(), String> {
    let server = Refusing::start();
    gives_up(connect(http, get(&server.url()), impatient())).await
}

async fn no_such_name(http: Http) -> Result<(), String> {
    // RFC 6761 keeps this name from ever being one.
    gives_up(connect(http, get("http://name.invalid/events"), impatient())).await
}

async fn certificate_nobody_signed() -> Result<(), String> {
    let server = SelfSigned::start().await;
    gives_up(connect_tls(&server, RootCertStore::empty())).await?;
    if (server.connections(), server.trusted()) != (3, 0) {
        return Err(format!("{server:?}"));
    }
    Ok(())
}

async fn certificate_that_is_trusted() -> Result<(), String> {
    let server = SelfSigned::start().await;
    let mut roots = RootCertStore::empty();
    roots.add(server.certificate().clone()).map_err(|error| error.to_string())?;
    let mut source = connect_tls(&server, roots);
    match within("an answer", source.update()).await {
        Some(Ok(Update::Open(_))) => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

/// Two more attempts, each told, and then the error.
async fn gives_up(mut source: EventSource) -> Result<(), String> {
    for _ in 0..2 {
        match within("an attempt", source.update()).await {
            Some(Ok(Update::Reconnect { error, .. })) if has_cause(&error) => {}
            other => return Err(format!("{other:?}")),
        }
    }
    match within("the last attempt", source.update()).await {
        Some(Err(error)) if has_cause(&error) => {}
        other => return Err(format!("{other:?}")),
    }
    match source.update().await {
        None => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

fn has_cause(error: &Error) -> bool {
    error.is_connect() && std::error::Error::source(error).is_some()
}

fn impatient() -> Policy {
    Policy::new().with_delay(Duration::from_millis(10)).with_max_failures(2)
}

fn get(url: &str) -> Request<Bytes> {
    Request::get(url).body(Bytes::new()).expect("a request")
}

fn connect_tls(server: &SelfSigned, roots: RootCertStore) -> EventSource {
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has a common version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let https =
        HttpsConnectorBuilder::new().with_tls_config(tls).https_only().enable_http1().build();
    let client = Client::builder(TokioExecutor::new()).build(https);
    EventSource::request(get(&server.url()).map(Full::new)).with_policy(impatient()).connect(client)
}
