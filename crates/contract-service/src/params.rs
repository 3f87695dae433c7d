//! What the harness asks for.

use std::collections::HashMap;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Uri};
use http_body_util::Full;
use serde::Deserialize;
use tower_sse_client::{EventId, EventSource, Policy};

use crate::callbacks::HttpClient;

/// A stream to create.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Params {
    stream_url: String,
    callback_url: String,
    initial_delay_ms: Option<u64>,
    read_timeout_ms: Option<u64>,
    last_event_id: Option<String>,
    #[serde(default)]
    headers: HashMap<String, String>,
    method: Option<String>,
    #[serde(default)]
    body: String,
}

/// What to do with a stream.
#[derive(Debug, Deserialize)]
#[serde(tag = "command", rename_all = "lowercase")]
pub(crate) enum Command {
    Restart,
    /// The type is of no interest: an [`EventSource`] shows events of every one.
    Listen,
}

type BoxError = Box<dyn std::error::Error + Send + Sync>;

impl Params {
    /// The stream, not yet connected, and where its callbacks go.
    ///
    /// # Errors
    /// When a part is not what HTTP allows.
    pub(crate) fn into_source(self, client: HttpClient) -> Result<(EventSource, Uri), BoxError> {
        let policy = self.policy();
        let id = self.last_event_id.map(EventId::try_from).transpose()?;
        let mut request = Request::new(Full::new(Bytes::from(self.body)));
        *request.method_mut() = self.method.map_or(Ok(Method::GET), |method| method.parse())?;
        *request.uri_mut() = self.stream_url.parse()?;
        *request.headers_mut() = HeaderMap::try_from(&self.headers)?;

        let mut builder = EventSource::request(request).with_policy(policy);
        if let Some(id) = id {
            builder = builder.with_last_event_id(&id);
        }
        Ok((builder.connect(client), self.callback_url.parse()?))
    }

    fn policy(&self) -> Policy {
        let mut policy = Policy::new();
        if let Some(delay) = self.initial_delay_ms.map(Duration::from_millis) {
            policy = policy.with_delay(delay).with_retry_within(delay..=Duration::from_secs(300));
        }
        if let Some(limit) = self.read_timeout_ms.map(Duration::from_millis) {
            policy = policy.with_idle_timeout(limit);
        }
        policy
    }
}
