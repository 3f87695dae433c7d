#![doc = include_str!("../README.md")]

use std::convert::Infallible;
use std::error::Error;
use std::future::{poll_fn, ready};
use std::net::SocketAddr;

use bytes::Bytes;
use http::header::HOST;
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, Method, Request, Response, StatusCode, Uri};
use http_body_util::{BodyDataStream, Empty};
use sync_wrapper::SyncStream;
use tower_service::Service;
use warp::path::FullPath;
use warp::{Filter, Reply};

pub use tower_sse;
#[cfg(feature = "json")]
pub use tower_sse::JsonError;
pub use tower_sse::{
    Compression, Encoded, Encoding, Event, EventId, EventName, InvalidEventId, InvalidEventName,
    Item, KeepAlive, LastEventId, Permit, Refusal, Stream, StreamError, Streams, Text, or_query,
};

tower_sse::host_response! {
    /// A stream of events as a response: what a handler returns.
    ///
    /// As [`tower_sse::Sse`], and made [`From`] it where that is at hand.
    Sse
}

impl<S> Reply for Sse<S>
where
    S: Stream + Send + 'static,
    S::Item: Item,
{
    fn into_response(self) -> warp::reply::Response {
        convert(self.0.into_response())
    }
}

/// The filter that reads the `Last-Event-ID` header. It never rejects a request.
pub fn last_event_id() -> impl Filter<Extract = (LastEventId,), Error = Infallible> + Copy {
    warp::header::headers_cloned().map(|headers: HeaderMap| tower_sse::last_event_id(&headers))
}

/// The filter that reads the head of a request, as [`mount`] shows it to a service: what
/// [`Streams::admit`] asks for. The peer's address is among the extensions, as a [`SocketAddr`].
pub fn head() -> impl Filter<Extract = (Parts,), Error = Infallible> + Clone {
    let query = warp::query::raw().or(warp::any().map(String::new)).unify();
    let uri = warp::path::full().and(query).map(uri);
    let headers = warp::header::headers_cloned().and(authority()).map(with_host);
    warp::method().and(uri).and(headers).and(peer()).map(parts)
}

/// Warp knows it where it is its own server; others, such as `tower_sse_serve`, leave an extension.
fn peer() -> impl Filter<Extract = (Option<SocketAddr>,), Error = Infallible> + Copy {
    let remote = warp::addr::remote().and(warp::ext::optional::<SocketAddr>());
    remote.map(|remote: Option<SocketAddr>, left| remote.or(left))
}

fn authority() -> impl Filter<Extract = (Option<Authority>,), Error = Infallible> + Clone {
    warp::host::optional().or_else(|_| ready(Ok::<_, Infallible>((None,))))
}

/// Over HTTP/2 the name of the server is no header, and warp shows no more of the URI than its
/// path: then it is made one (RFC 9113, section 8.3.1).
fn with_host(mut headers: HeaderMap, authority: Option<Authority>) -> HeaderMap {
    let host = authority.and_then(|authority| authority.as_str().parse().ok());
    if let (false, Some(host)) = (headers.contains_key(HOST), host) {
        headers.insert(HOST, host);
    }
    headers
}

/// A filter for all methods that is answered by a tower service, such as
/// [`tower_sse::service_fn`] makes.
///
/// The service sees method, path, query and headers of the request, and the peer's address as a
/// [`SocketAddr`] among the extensions; the body it gets is empty. If it fails, the answer is
/// `500 Internal Server Error`, without a word about the error.
pub fn mount<S, B>(
    service: S,
) -> impl Filter<Extract = (warp::reply::Response,), Error = Infallible> + Clone
where
    S: Service<Request<Empty<Bytes>>, Response = Response<B>, Future: Send>,
    S: Clone + Send + Sync + 'static,
    S::Error: Into<Box<dyn Error + Send + Sync>> + Send,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    head().then(move |head| {
        let mut service = service.clone();
        async move {
            let answer = match poll_fn(|cx| service.poll_ready(cx)).await {
                Ok(()) => service.call(Request::from_parts(head, Empty::new())).await,
                Err(error) => Err(error),
            };
            answer.map_or_else(failed, convert)
        }
    })
}

fn uri(path: FullPath, query: String) -> Uri {
    let separator = if query.is_empty() { "" } else { "?" };
    let uri = [path.as_str(), separator, &query].concat();
    uri.parse().expect("the end of a uri is a uri")
}

fn parts(method: Method, uri: Uri, headers: HeaderMap, peer: Option<SocketAddr>) -> Parts {
    let (mut parts, ()) = Request::new(()).into_parts();
    parts.method = method;
    parts.uri = uri;
    parts.headers = headers;
    if let Some(peer) = peer {
        parts.extensions.insert(peer);
    }
    parts
}

fn failed(error: impl Into<Box<dyn Error + Send + Sync>>) -> warp::reply::Response {
    tracing::error!(error = &*error.into() as &dyn Error, "event service failed");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// Boxes the body as warp wants it.
fn convert<B>(response: Response<B>) -> warp::reply::Response
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn Error + Send + Sync>> + Send,
{
    let (head, body) = response.into_parts();
    let body = if body.is_end_stream() {
        warp::reply::Response::default().into_body()
    } else {
        let frames = SyncStream::new(BodyDataStream::new(body));
        warp::reply::stream(frames).into_response().into_body()
    };
    Response::from_parts(head, body)
}
