//! reqwest's client as a service of `http` requests.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use reqwest::redirect::Policy;
use reqwest::{Body, Client, ClientBuilder, Error};
use tower_service::Service;

/// A reqwest client as a service of `http` requests.
///
/// ```no_run
/// use tokio_stream::StreamExt;
/// use tower_sse_client::{EventSource, Reqwest};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let client = Reqwest::new(reqwest::Client::builder())?;
/// let mut events = EventSource::get("https://example.org/events".parse()?).connect(client);
/// while let Some(event) = events.next().await {
///     println!("{}", event?.data().unwrap_or_default());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Reqwest(Client);

impl Reqwest {
    /// A client that is built with these settings, except that it follows no redirects: reqwest
    /// would take the last event id to another origin. An [`EventSource`](crate::EventSource)
    /// follows them itself.
    ///
    /// A total timeout of the settings would end each stream when it is over. Default headers of
    /// the settings go to every origin that a redirect leads to: see
    /// [`Builder::connect`](crate::Builder::connect).
    ///
    /// # Errors
    /// When the client cannot be built.
    pub fn new(settings: ClientBuilder) -> Result<Self, Error> {
        settings.redirect(Policy::none()).build().map(Self)
    }
}

impl Service<Request<Body>> for Reqwest {
    type Response = Response<Body>;
    type Error = Error;
    type Future = ReqwestFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> ReqwestFuture {
        let client = self.0.clone();
        let request = reqwest::Request::try_from(request);
        ReqwestFuture(Box::pin(async move { client.execute(request?).await.map(Into::into) }))
    }
}

/// The future of [`Reqwest`](crate::Reqwest).
pub struct ReqwestFuture(Pin<Box<dyn Future<Output = Result<Response<Body>, Error>> + Send>>);

impl Future for ReqwestFuture {
    type Output = Result<Response<Body>, Error>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for ReqwestFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReqwestFuture").finish_non_exhaustive()
    }
}
