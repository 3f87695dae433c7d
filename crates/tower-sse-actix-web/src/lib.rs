#![doc = include_str!("../README.md")]

mod body;
mod convert;

use std::error::Error;
use std::future::{Ready, poll_fn, ready};

use actix_web::dev::Payload;
use actix_web::error::InternalError;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, Route, web};
use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body_util::Empty;
use tower_service::Service;
use tower_sse::SseBody;

pub use body::HostBody;
pub use tower_sse;
#[cfg(feature = "json")]
pub use tower_sse::JsonError;
pub use tower_sse::{
    Compression, Encoded, Encoding, Event, EventId, EventName, InvalidEventId, InvalidEventName,
    Item, KeepAlive, Permit, Refusal, Stream, StreamError, Streams, Text, or_query,
};

type BoxError = Box<dyn Error + Send + Sync>;

tower_sse::host_response! {
    /// A stream of events as a response: what a handler returns.
    ///
    /// As [`tower_sse::Sse`], and made [`From`] it where that is at hand.
    Sse
}

impl<S> Responder for Sse<S>
where
    S: Stream + 'static,
    S::Item: Item,
{
    type Body = HostBody<SseBody<S>>;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse<Self::Body> {
        convert::response(request, self.0.into_response())
    }
}

/// The extractor of the `Last-Event-ID` header. It never rejects a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LastEventId(pub tower_sse::LastEventId);

impl FromRequest for LastEventId {
    type Error = std::convert::Infallible;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request.headers().get("last-event-id");
        let id = id.map_or(b"".as_slice(), |id| id.as_bytes());
        ready(Ok(Self(tower_sse::LastEventId::from_bytes(id))))
    }
}

/// The extractor of the head of a request, as [`mount`] shows it to a service: what
/// [`Streams::admit`] asks for.
#[derive(Clone, Debug)]
pub struct Head(pub Parts);

impl FromRequest for Head {
    type Error = InternalError<BoxError>;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let converted = convert::request(request).map(|request| Self(request.into_parts().0));
        ready(converted.map_err(refused))
    }
}

/// A route for all methods that is answered by a tower service, such as
/// [`tower_sse::service_fn`] makes.
///
/// The service sees the head of the request, and the peer's address as a [`SocketAddr`] among the
/// extensions; the body it gets is empty. Extensions of its response are lost. If it fails, the
/// answer is `500 Internal Server Error`, without a word about the error.
///
/// [`SocketAddr`]: std::net::SocketAddr
pub fn mount<S, B>(service: S) -> Route
where
    S: Service<Request<Empty<Bytes>>, Response = Response<B>> + Clone + 'static,
    S::Error: Into<BoxError>,
    B: http_body::Body<Data = Bytes> + 'static,
    B::Error: Into<BoxError>,
{
    web::route().to(move |request: HttpRequest| {
        let mut service = service.clone();
        async move {
            let asked = convert::request(&request).map_err(refused)?;
            let answer = match poll_fn(|cx| service.poll_ready(cx)).await {
                Ok(()) => service.call(asked).await,
                Err(error) => Err(error),
            };
            answer.map(|answer| convert::response(&request, answer)).map_err(|error| {
                let answer = HttpResponse::InternalServerError().finish();
                InternalError::from_response(error.into(), answer)
            })
        }
    })
}

/// The answer to a request that cannot be read.
fn refused(error: http::Error) -> InternalError<BoxError> {
    InternalError::from_response(error.into(), HttpResponse::BadRequest().finish())
}
