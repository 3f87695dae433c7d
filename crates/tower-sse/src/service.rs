//! A service made from a function.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::Request;
use http::request::Parts;
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{Answer, SseLayer, SseService};

/// Makes a service of a function from the head of a request to an [`Answer`].
///
/// The function does not see the body, so the one service takes requests with any: it can be
/// mounted in every framework. It answers GET and HEAD, and `405 Method Not Allowed` to the rest.
///
/// ```
/// use futures_core::Stream;
/// use http::{StatusCode, request::Parts};
/// use tower_sse::{Event, Sse, last_event_id};
///
/// async fn events(parts: Parts) -> Result<Sse<impl Stream<Item = Event>>, StatusCode> {
///     if !parts.headers.contains_key("authorization") {
///         return Err(StatusCode::UNAUTHORIZED);
///     }
///     let last = last_event_id(&parts.headers);
///     Ok(Sse::new(tokio_stream::once(Event::new(format!("you were at {last:?}")))))
/// }
///
/// let service = tower_sse::service_fn(events);
/// # fn is_service<S: tower::Service<http::Request<()>> + Clone + Send>(_: S) {}
/// # is_service(service);
/// ```
pub fn service_fn<F, Fut>(events: F) -> SseFn<F>
where
    F: Fn(Parts) -> Fut,
    Fut: Future<Output: Answer>,
{
    SseLayer::new().get_only().layer(PartsFn(events))
}

/// The service that [`service_fn`] makes.
pub type SseFn<F> = SseService<PartsFn<F>>;

/// What [`service_fn`] puts under [`SseService`].
#[derive(Clone, Debug)]
pub struct PartsFn<F>(F);

impl<F, Fut, B> Service<Request<B>> for PartsFn<F>
where
    F: Fn(Parts) -> Fut,
    Fut: Future<Output: Answer>,
{
    type Response = Fut::Output;
    type Error = Infallible;
    type Future = PartsFuture<Fut>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> PartsFuture<Fut> {
        PartsFuture { answer: (self.0)(request.into_parts().0) }
    }
}

pin_project! {
    /// The future of [`PartsFn`].
    pub struct PartsFuture<Fut> {
        #[pin]
        answer: Fut,
    }
}

impl<Fut: Future> Future for PartsFuture<Fut> {
    type Output = Result<Fut::Output, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.project().answer.poll(cx).map(Ok)
    }
}

#[cfg(test)]
mod tests;
