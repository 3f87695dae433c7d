//! What is answered where.

use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use futures_util::StreamExt;
use tower_sse_axum::{LastEventId, Sse};
use tower_sse_hub::Subscription;

use crate::asked::Asked;
use crate::completions::Completions;
use crate::refusal::Refusal;

/// The longest body of a request, in bytes.
const MAX_BODY: usize = 256 << 10;
/// How much is taken before the sender is cut off. Many a client that is answered while it still
/// sends does not see the answer.
const MAX_READ: usize = 16 << 20;

pub(crate) fn routes(completions: Completions) -> Router {
    let nothing = async || Refusal::new(StatusCode::NOT_FOUND, "there is nothing here");
    let method = async || Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "not with this method");
    Router::new()
        .route("/v1/chat/completions", post(create))
        .route("/v1/chat/completions/{id}", get(attach))
        .fallback(nothing)
        .method_not_allowed_fallback(method)
        .with_state(completions)
}

async fn create(
    State(completions): State<Completions>,
    head: Parts,
    body: Body,
) -> Result<Response, Refusal> {
    let asked = Asked::parse(&read(body).await?)?;
    if !asked.stream {
        return Ok(Json(completions.whole(&asked).await?).into_response());
    }
    let id = completions.start(&asked)?;
    let events = completions.attach(&id, Default::default(), &head)?;
    // Where to go on when the connection is lost: another POST would begin another completion.
    let location = [(header::CONTENT_LOCATION, format!("/v1/chat/completions/{id}"))];
    Ok((location, events).into_response())
}

async fn attach(
    State(completions): State<Completions>,
    id: Result<Path<String>, PathRejection>,
    LastEventId(last): LastEventId,
    head: Parts,
) -> Result<Sse<Subscription>, Refusal> {
    // What is no text is no id.
    let id = id.map_or_else(|_| String::new(), |Path(id)| id);
    completions.attach(&id, last, &head)
}

/// Reads a body, and never holds more than [`MAX_BODY`] of it.
async fn read(body: Body) -> Result<Vec<u8>, Refusal> {
    let mut chunks = body.into_data_stream();
    let mut bytes = Vec::new();
    let mut read = 0;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| Refusal::bad_request("the body did not arrive whole"))?;
        read += chunk.len();
        if read > MAX_READ {
            break;
        }
        if read <= MAX_BODY {
            bytes.extend_from_slice(&chunk);
        }
    }
    if read > MAX_BODY {
        let message = format!("the body is longer than {MAX_BODY} bytes");
        return Err(Refusal::new(StatusCode::PAYLOAD_TOO_LARGE, message));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
