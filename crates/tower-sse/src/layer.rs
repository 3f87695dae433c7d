//! Turning a service that answers with an `Sse` into one that answers HTTP.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::ALLOW;
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use tower_sse_codec::Event;

use crate::accept::accepts_event_stream;
use crate::compression::Offer;
use crate::{Answer, Compression, HostGuard, Permit, Reason, SseBody, Streams};

/// Turns a service whose response is an [`Answer`], such as an [`Sse`](crate::Sse), into one that
/// answers HTTP.
///
/// HEAD is answered as GET is, but the stream is dropped unpolled. Other methods go through: this
/// is the way for streams that answer a POST. For a function that only reads a request's head,
/// [`service_fn`](crate::service_fn) is shorter.
///
/// ```
/// use std::convert::Infallible;
///
/// use futures_core::Stream;
/// use http::Request;
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_sse::{Event, Sse, SseLayer};
///
/// async fn echo(request: Request<String>) -> Result<Sse<impl Stream<Item = Event>>, Infallible> {
///     Ok(Sse::new(tokio_stream::once(Event::new(request.into_body()))))
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Infallible> {
/// let service = ServiceBuilder::new().layer(SseLayer::new()).service(service_fn(echo));
/// let response = service.oneshot(Request::new("hello".to_owned())).await?;
/// assert_eq!(response.status(), 200);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct SseLayer {
    check_accept: bool,
    get_only: bool,
    host_guard: Option<HostGuard>,
    streams: Option<Streams>,
    compression: Option<Compression>,
}

impl SseLayer {
    /// The layer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `406 Not Acceptable`, without asking the service, to requests whose `Accept` does
    /// not take `text/event-stream`.
    pub fn check_accept(self) -> Self {
        Self { check_accept: true, ..self }
    }

    /// Answers `403 Forbidden`, without asking the service, to requests that are not for the names or
    /// from the pages that `guard` allows.
    pub fn with_host_guard(self, guard: HostGuard) -> Self {
        Self { host_guard: Some(guard), ..self }
    }

    /// Lets requests in and counts their streams by this registry. Who is not let in is answered
    /// without asking the service. HEAD opens no stream, so it is not asked about.
    ///
    /// A response that brings a [`Permit`] of its own keeps that.
    pub fn with_streams(self, streams: &Streams) -> Self {
        Self { streams: Some(streams.clone()), ..self }
    }

    /// Compresses the streams for the clients that take it. A response that says that it is encoded
    /// already stays as it is.
    pub fn with_compression(self, compression: Compression) -> Self {
        Self { compression: Some(compression), ..self }
    }

    /// Answers `405 Method Not Allowed` to all but GET and HEAD.
    pub(crate) fn get_only(self) -> Self {
        Self { get_only: true, ..self }
    }

    /// What is answered without asking the service, or else the permit of a stream, if one is asked
    /// for.
    fn admit(&self, request: &Parts) -> Result<Option<Permit>, Box<Response<Option<Event>>>> {
        if let Some(refused) = self.refuse(request) {
            return Err(Box::new(refused));
        }
        let streams = self.streams.as_ref().filter(|_| request.method != Method::HEAD);
        let permit = streams.map(|streams| streams.admit(request)).transpose();
        permit.map_err(|refusal| Box::new(refusal.into_response()))
    }

    /// Why a request is not worth asking the service.
    fn refuse(&self, request: &Parts) -> Option<Response<Option<Event>>> {
        let mut refused = Response::new(None);
        let Parts { method, headers, .. } = request;
        if self.host_guard.as_ref().is_some_and(|guard| !guard.allows(request)) {
            *refused.status_mut() = StatusCode::FORBIDDEN;
        } else if self.get_only && !matches!(*method, Method::GET | Method::HEAD) {
            *refused.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
        } else if self.check_accept && !accepts_event_stream(headers) {
            *refused.status_mut() = StatusCode::NOT_ACCEPTABLE;
        } else {
            return None;
        }
        Some(refused)
    }
}

impl<S> Layer<S> for SseLayer {
    type Service = SseService<S>;

    fn layer(&self, inner: S) -> SseService<S> {
        SseService { inner, layer: self.clone() }
    }
}

/// The service that [`SseLayer`] makes of another, and [`service_fn`](crate::service_fn) of a
/// function.
#[derive(Clone, Debug)]
pub struct SseService<S> {
    inner: S,
    layer: SseLayer,
}

impl<S> SseService<S> {
    /// As [`SseLayer::check_accept`].
    #[must_use]
    pub fn check_accept(self) -> Self {
        Self { layer: self.layer.check_accept(), ..self }
    }

    /// As [`SseLayer::with_host_guard`].
    #[must_use]
    pub fn with_host_guard(self, guard: HostGuard) -> Self {
        Self { layer: self.layer.with_host_guard(guard), ..self }
    }

    /// As [`SseLayer::with_streams`].
    #[must_use]
    pub fn with_streams(self, streams: &Streams) -> Self {
        Self { layer: self.layer.with_streams(streams), ..self }
    }

    /// As [`SseLayer::with_compression`].
    #[must_use]
    pub fn with_compression(self, compression: Compression) -> Self {
        Self { layer: self.layer.with_compression(compression), ..self }
    }
}

impl<S, B> Service<Request<B>> for SseService<S>
where
    S: Service<Request<B>, Response: Answer>,
{
    type Response = Response<SseBody<<S::Response as Answer>::Stream>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (request, body) = request.into_parts();
        let head = request.method == Method::HEAD;
        ResponseFuture {
            state: match self.layer.admit(&request) {
                Ok(permit) => {
                    let compression = self.layer.compression.as_ref();
                    let offer = compression.and_then(|offered| offered.offer(&request.headers));
                    let answer = self.inner.call(Request::from_parts(request, body));
                    State::Asked { answer, head, permit, offer }
                }
                Err(refused) => State::Refused { refused: Some(refused) },
            },
        }
    }
}

pin_project! {
    /// The future of [`SseService`].
    pub struct ResponseFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProj]
    enum State<F> {
        Refused {
            refused: Option<Box<Response<Option<Event>>>>,
        },
        Asked {
            #[pin]
            answer: F,
            head: bool,
            permit: Option<Permit>,
            offer: Option<Offer>,
        },
    }
}

impl<F, A, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<A, E>>,
    A: Answer,
{
    type Output = Result<Response<SseBody<A::Stream>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match self.project().state.project() {
            StateProj::Refused { refused } => {
                let refused = refused.take().expect("a future is not polled after it is ready");
                Ok(refused.map(SseBody::of))
            }
            StateProj::Asked { answer, head, permit, offer } => {
                let answer = ready!(answer.poll(cx));
                let permit = permit.take();
                match answer {
                    Ok(answer) => {
                        let mut response = answer.into_response();
                        if let Some(permit) = permit {
                            response.body_mut().hold(permit);
                        }
                        if let Some(offer) = offer {
                            offer.apply(&mut response);
                        }
                        Ok(if *head { response.map(SseBody::withhold) } else { response })
                    }
                    Err(error) => {
                        if let Some(permit) = permit {
                            permit.settle(Reason::Error);
                        }
                        Err(error)
                    }
                }
            }
        })
    }
}
