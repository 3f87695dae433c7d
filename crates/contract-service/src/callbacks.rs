//! What is told to the harness.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, Uri};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use serde::Serialize;
use tower_sse_client::{Error, Event};

pub(crate) type HttpClient = Client<HttpConnector, Full<Bytes>>;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Where the news of one stream go, in order and numbered.
#[derive(Debug)]
pub(crate) struct Callbacks {
    client: HttpClient,
    url: Uri,
    sent: u64,
}

/// What happened to a stream.
#[derive(Debug, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum Message<'a> {
    Event { event: EventMessage<'a> },
    Comment { comment: &'a str },
    // The specification's text calls it `comment`, and the harness reads `error`.
    Error { error: &'a str, comment: &'a str },
}

/// An event as a browser would dispatch it.
#[derive(Debug, Serialize)]
pub(crate) struct EventMessage<'a> {
    r#type: &'a str,
    data: &'a str,
    id: &'a str,
}

impl Callbacks {
    pub(crate) fn new(client: HttpClient, url: Uri) -> Self {
        Self { client, url, sent: 0 }
    }

    pub(crate) async fn event(&mut self, event: &Event, last_event_id: &str) {
        let r#type = event.event_type();
        let data = event.data().unwrap_or_default();
        self.send(Message::Event { event: EventMessage { r#type, data, id: last_event_id } }).await;
    }

    pub(crate) async fn comment(&mut self, text: &str) {
        self.send(Message::Comment { comment: text }).await;
    }

    pub(crate) async fn error(&mut self, error: &Error) {
        let error = error.to_string();
        self.send(Message::Error { error: &error, comment: &error }).await;
    }

    /// Sends a message and waits for the answer, so that the next cannot overtake it.
    async fn send(&mut self, message: Message<'_>) {
        self.sent += 1;
        // A test that is over has closed its end: nobody is left to be told.
        if let Err(error) = self.post(&message).await {
            eprintln!("callback {} to {}: {error}", self.sent, self.url);
        }
    }

    async fn post(&self, message: &Message<'_>) -> Result<(), BoxError> {
        let body = Full::from(serde_json::to_vec(message)?);
        let request = Request::post(format!("{}/{}", self.url, self.sent))
            .header(CONTENT_TYPE, "application/json")
            .body(body)?;
        let response = self.client.request(request).await?;
        // A connection is only used again when its answer has been read.
        response.into_body().collect().await?;
        Ok(())
    }
}
