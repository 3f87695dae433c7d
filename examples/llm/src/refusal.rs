//! Why a request is refused, as OpenAI says it.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tower_sse_axum::Event;

/// A status, and the error object that clients know.
#[derive(Debug, Serialize)]
pub(crate) struct Refusal {
    #[serde(skip)]
    status: StatusCode,
    message: String,
    r#type: &'static str,
    param: Option<&'static str>,
    code: Option<&'static str>,
}

/// After how many seconds it may be tried again when too much is going on, or nothing any more.
const RETRY_AFTER: &str = "2";

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        let r#type = match status {
            StatusCode::TOO_MANY_REQUESTS => "requests",
            StatusCode::SERVICE_UNAVAILABLE => "server_error",
            _ => "invalid_request_error",
        };
        Self { status, message: message.into(), r#type, param: None, code: None }
    }

    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    pub(crate) fn too_many(message: &str) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, message).with_code("rate_limit_exceeded")
    }

    /// The server is about to stop, and another one is there soon.
    pub(crate) fn stopping() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "the server is about to stop")
    }

    /// The error object, as the last event of a stream that was not at its end.
    pub(crate) fn event(self) -> Event {
        Event::json(&Body { error: self }).expect("texts are JSON")
    }

    /// Names what is wrong in the request.
    pub(crate) fn with_param(self, param: &'static str) -> Self {
        Self { param: Some(param), ..self }
    }

    pub(crate) fn with_code(self, code: &'static str) -> Self {
        Self { code: Some(code), ..self }
    }
}

#[derive(Serialize)]
struct Body {
    error: Refusal,
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status;
        let mut response = (status, Json(Body { error: self })).into_response();
        let is_for_now =
            matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        if is_for_now {
            let after = header::HeaderValue::from_static(RETRY_AFTER);
            response.headers_mut().insert(header::RETRY_AFTER, after);
        }
        response
    }
}
