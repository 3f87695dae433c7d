//! One attempt to get a stream: a request, and those that redirects lead to.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use http::header::HeaderName;
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body::Body;
use http_body_util::BodyExt;
use http_body_util::combinators::UnsyncBoxBody;
use tokio::time::timeout;
use tower_service::Service;

use crate::BoxError;
use crate::check::{ask, check};
use crate::decompress::Decompress;
use crate::error::{Error, Kind, Redirect};
use crate::policy::Policy;
use crate::redirect::{Target, is_http};

pub(crate) const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

pub(crate) type BoxBody = UnsyncBoxBody<Bytes, BoxError>;
pub(crate) type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
pub(crate) type Attempt = BoxFuture<Result<(Response<BoxBody>, Decompress), Error>>;
/// Makes headers anew for each attempt.
pub(crate) type FreshHeaders = Box<dyn FnMut() -> BoxFuture<Result<HeaderMap, BoxError>> + Send>;

/// Makes an attempt, with the value of `Last-Event-ID` if there is one.
pub(crate) type Connect = Box<dyn FnMut(Option<HeaderValue>) -> Attempt + Send>;

pub(crate) fn connect<S, B, R>(
    service: S,
    head: Request<()>,
    body: impl Fn() -> B + Send + Sync + 'static,
    mut fresh: Option<FreshHeaders>,
    policy: &Policy,
) -> Connect
where
    S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Default + Send + 'static,
    R: Body + Send + 'static,
    R::Error: Into<BoxError>,
{
    let (limit, max_redirects) = (policy.response_timeout, policy.max_redirects);
    let body = Arc::new(body);
    Box::new(move |last_event_id| {
        let (service, mut head, body) = (service.clone(), head.clone(), Arc::clone(&body));
        let fresh = fresh.as_mut().map(|fresh| fresh());
        let response = async move {
            if let Some(fresh) = fresh {
                let fresh = fresh.await.map_err(Kind::Headers)?;
                for name in fresh.keys() {
                    head.headers_mut().remove(name);
                }
                head.headers_mut().extend(fresh);
            }
            ask(head.headers_mut());
            // The stream knows better than whoever set it by hand.
            head.headers_mut().remove(LAST_EVENT_ID);
            head.headers_mut().extend(last_event_id.map(|id| (LAST_EVENT_ID, id)));
            follow(service, head, &*body, max_redirects).await
        };
        let Some(limit) = limit else {
            return Box::pin(response);
        };
        Box::pin(async move {
            let response = timeout(limit, response).await;
            response.unwrap_or_else(|_| Err(Kind::ResponseTimeout(limit).into()))
        })
    })
}

/// Sends the request, and on to where redirects lead.
async fn follow<S, B, R>(
    mut service: S,
    mut head: Request<()>,
    body: impl Fn() -> B,
    max_redirects: usize,
) -> Result<(Response<BoxBody>, Decompress), Error>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: Into<BoxError>,
    B: Default,
    R: Body + Send + 'static,
    R::Error: Into<BoxError>,
{
    let mut target = Target::new(head.uri().clone(), head.method().clone());
    if !is_http(&target.uri) {
        return Err(Kind::Address.into());
    }
    for _ in 0..=max_redirects {
        let body = if target.is_bare { B::default() } else { body() };
        let request = head.clone().map(|()| body);

        poll_fn(|cx| service.poll_ready(cx)).await.map_err(failed)?;
        let response = service.call(request).await.map_err(failed)?;
        if !Target::is_redirect(response.status()) {
            let decompress = check(&response)?;
            return Ok((response.map(boxed), decompress));
        }
        let was_foreign = target.is_foreign;
        target.follow(response.status(), response.headers()).map_err(Kind::Redirect)?;
        if target.is_foreign && !was_foreign {
            tracing::warn!(to = %target.uri, "redirected to another origin, without secrets and last event id");
        }
        *head.uri_mut() = target.uri.clone();
        *head.method_mut() = target.method.clone();
        target.restrict(head.headers_mut());
    }
    Err(Kind::Redirect(Redirect::TooMany).into())
}

fn failed(cause: impl Into<BoxError>) -> Error {
    Kind::Connect(cause.into()).into()
}

fn boxed<R>(body: R) -> BoxBody
where
    R: Body + Send + 'static,
    R::Error: Into<BoxError>,
{
    let body =
        body.map_frame(|frame| frame.map_data(|mut data| data.copy_to_bytes(data.remaining())));
    body.map_err(Into::into).boxed_unsync()
}
