//! Layers for HTTP clients: one that checks a response, one that comes back.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::check::{ask, check};
use crate::error::{Error, Kind};
use crate::{BoxError, EventSource, EventStream, Policy};

/// Makes an HTTP client ask for events and check that it gets them: its responses are
/// [`EventStream`]s.
///
/// ```
/// use http::{Request, Response};
/// use tokio_stream::StreamExt;
/// use tower::{ServiceBuilder, ServiceExt, service_fn};
/// use tower_sse_client::{Error, EventStreamLayer};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Error> {
/// // Any HTTP client will do.
/// let client = service_fn(|_: Request<()>| async {
///     Response::builder().header("content-type", "text/event-stream").body(String::from("data: a\n\n"))
/// });
/// let client = ServiceBuilder::new().layer(EventStreamLayer::new()).service(client);
///
/// let mut events = client.oneshot(Request::new(())).await?.into_body();
/// assert_eq!(events.next().await.unwrap()?.data(), Some("a"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct EventStreamLayer;

/// The service of [`EventStreamLayer`].
#[derive(Clone, Copy, Debug)]
pub struct EventStreamService<S>(S);

/// Makes an HTTP client one that answers a request with an [`EventSource`], which goes on with the
/// same request whenever a connection ends.
///
/// The request is kept as it is, so that its body must be one that can be cloned; reqwest's cannot,
/// which is what [`Builder::with_body`](crate::Builder::with_body) is for. The answer comes
/// at once: the event source connects when it is polled.
#[derive(Clone, Debug, Default)]
pub struct ReconnectLayer(Policy);

/// The service of [`ReconnectLayer`].
#[derive(Clone, Debug)]
pub struct ReconnectService<S> {
    service: S,
    policy: Policy,
}

impl EventStreamLayer {
    /// The layer: it has no settings.
    pub fn new() -> Self {
        Self
    }
}

impl ReconnectLayer {
    /// A layer whose event sources come back as this policy says.
    pub fn new(policy: Policy) -> Self {
        Self(policy)
    }
}

impl<S> Layer<S> for EventStreamLayer {
    type Service = EventStreamService<S>;

    fn layer(&self, service: S) -> Self::Service {
        EventStreamService(service)
    }
}

impl<S> Layer<S> for ReconnectLayer {
    type Service = ReconnectService<S>;

    fn layer(&self, service: S) -> Self::Service {
        ReconnectService { service, policy: self.0.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for EventStreamService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
{
    type Response = Response<EventStream<R>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        self.0.poll_ready(cx).map_err(|cause| Kind::Connect(cause.into()).into())
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        ask(request.headers_mut());
        ResponseFuture { response: self.0.call(request) }
    }
}

impl<S, B, R> Service<Request<B>> for ReconnectService<S>
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Clone + Default + Send + Sync + 'static,
    R: Body + Send + 'static,
    R::Error: Into<BoxError>,
{
    type Response = EventSource;
    type Error = Infallible;
    type Future = Ready<Result<EventSource, Infallible>>;

    // The event source waits until the service is ready.
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let source = EventSource::request(request).with_policy(self.policy.clone());
        ready(Ok(source.connect(self.service.clone())))
    }
}

pin_project! {
    /// The future of [`EventStreamService`](crate::EventStreamService).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        response: F,
    }
}

impl<F, R, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    E: Into<BoxError>,
{
    type Output = Result<Response<EventStream<R>>, Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = ready!(self.project().response.poll(cx));
        let response = response.map_err(|cause| Kind::Connect(cause.into()))?;
        let decompress = check(&response)?;
        let stream = |body| EventStream::new(body).decompressed(decompress);
        Poll::Ready(Ok(response.map(stream)))
    }
}
