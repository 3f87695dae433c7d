//! What a test needs of the harness: the service, and the two ends that it talks to.

mod server;

use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, header::LOCATION};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use server::{Connection, Exchange, Server};

/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(20);

/// The service, in a process of its own.
pub(crate) struct Harness {
    process: Child,
    service: Arc<Remote>,
}

/// One stream that the service was told to follow.
pub(crate) struct Test {
    service: Arc<Remote>,
    server: Server,
    path: String,
    callbacks: u64,
}

struct Remote {
    client: Client<HttpConnector, Full<Bytes>>,
    url: String,
}

impl Harness {
    pub(crate) async fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_contract-service"))
            .args(["--port", "0"])
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("the service was built");
        let stdout = process.stdout.take().expect("it is piped");
        let line = BufReader::new(stdout).lines().next_line().await.expect("it is text");
        let url = line.as_deref().and_then(|line| line.strip_prefix("listening on "));
        let url = url.expect("it says where it listens").to_owned();
        let client = Client::builder(TokioExecutor::new()).build_http();
        Self { process, service: Arc::new(Remote { client, url }) }
    }

    /// Creates a stream with these parameters, and the URLs of a server of its own.
    pub(crate) async fn test(&self, mut params: Value) -> Test {
        let server = Server::start().await;
        params["streamUrl"] = format!("{}/stream", server.url).into();
        params["callbackUrl"] = format!("{}/callback", server.url).into();
        let (status, headers, body) = self.call("POST", "/", params).await;
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
        let path = headers[LOCATION].to_str().expect("it is a path").to_owned();
        Test { service: self.service.clone(), server, path, callbacks: 0 }
    }

    pub(crate) async fn call(
        &self,
        method: &str,
        path: &str,
        body: Value,
    ) -> (u16, HeaderMap, Bytes) {
        self.service.call(method, path, body).await
    }

    /// How the process ended.
    pub(crate) async fn ended(&mut self) -> ExitStatus {
        soon(self.process.wait()).await.expect("it is a child of this process")
    }
}

impl Test {
    /// The next request for the stream.
    pub(crate) async fn request(&mut self) -> Exchange {
        soon(self.server.exchanges.recv()).await.expect("the server lives")
    }

    /// The next request for the stream, answered with one.
    pub(crate) async fn connection(&mut self) -> Connection {
        self.request().await.open()
    }

    pub(crate) async fn no_request_for(&mut self, time: Duration) {
        let request = timeout(time, self.server.exchanges.recv()).await;
        assert!(request.is_err(), "the client came back");
    }

    /// The next callback. Its number must be the next one.
    pub(crate) async fn callback(&mut self) -> Value {
        let (number, message) = soon(self.server.callbacks.recv()).await.expect("the server lives");
        self.callbacks += 1;
        assert_eq!(number, self.callbacks, "{message}");
        message
    }

    pub(crate) async fn command(&self, command: Value) -> u16 {
        self.service.call("POST", &self.path, command).await.0
    }

    pub(crate) async fn close(&self) -> u16 {
        self.service.call("DELETE", &self.path, Value::Null).await.0
    }
}

impl Remote {
    async fn call(&self, method: &str, path: &str, body: Value) -> (u16, HeaderMap, Bytes) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.url))
            .header("content-type", "application/json")
            .body(Full::from(body.to_string()))
            .expect("tests make no wrong requests");
        let (head, body) =
            soon(self.client.request(request)).await.expect("the service lives").into_parts();
        let body = body.collect().await.expect("the service lives").to_bytes();
        (head.status.as_u16(), head.headers, body)
    }
}

pub(crate) async fn soon<F: Future>(future: F) -> F::Output {
    timeout(PATIENCE, future).await.expect("it does not take so long")
}
