//! One connection, for as long as hyper serves it.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use http::header::CONNECTION;
use http::{HeaderMap, Method, Request, Response};
use http_body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tower_service::Service;
use tower_sse::{Loan, Slot, lending};
use tower_sse_hub::Subscription;

use crate::answer::{Answer, Phase};
use crate::gate::Guest;
use crate::host::{App, AppBody, Host};
use crate::prefix::Prefix;
use crate::reactor::Taken;
use crate::request_body::RequestBody;
use crate::socket::{Socket, Stream};
use crate::takeovers::{is_event_stream, kept};
use crate::tap::Tap;

/// Has hyper serve a connection, until it ends or an event stream is to be taken over.
pub(crate) async fn serve<S, B>(
    host: Arc<Host<S, B>>,
    stream: Stream,
    #[cfg_attr(not(feature = "http2"), allow(unused_mut))] mut prefix: Prefix,
    guest: Guest,
) where
    S: App<B>,
    B: AppBody,
{
    let peer = stream.peer();
    let service = host.service(peer);
    #[cfg(feature = "http2")]
    let mut stream = stream;
    #[cfg(feature = "http2")]
    if host.http2 {
        use crate::prefix::poll_is_http2;

        match poll_fn(|cx| poll_is_http2(&mut prefix, &mut stream, cx)).await {
            Ok(true) => return serve_http2(&host, service, peer, stream, prefix, guest).await,
            Ok(false) => {}
            Err(_) => return,
        }
    }

    let phase = Arc::<Phase>::default();
    let away = Arc::new(Mutex::new(None));
    let shared = (Arc::clone(&host), Arc::clone(&phase), Arc::clone(&away));
    let answers = service_fn(move |request| {
        let service = service.clone();
        let (host, phase, away) = shared.clone();
        async move {
            let asked = Asked::new(&request);
            let (mut response, is_read) = call(service, request, peer).await?;
            let loan = response.extensions_mut().remove::<Loan>();
            Ok::<_, S::Error>(match asked.leaves(&host, is_read, &response) {
                false => response.map(|body| Answer::Kept { body }),
                true => {
                    let closes = asked.closes || says_close(response.headers());
                    let hint = response.body().size_hint();
                    let slot = loan.filter(|_| host.shares).and_then(|loan| loan.redeem(&hint));
                    let (head, body) = response.into_parts();
                    let body = Box::pin(body);
                    let mut away = away.lock().unwrap_or_else(PoisonError::into_inner);
                    *away = Some(Away { body, slot, closes });
                    Response::from_parts(head, Answer::Away { phase })
                }
            })
        }
    });
    let tap = TokioIo::new(Tap { stream, prefix, phase: Arc::clone(&phase) });
    let mut builder = http1::Builder::new();
    let connection = builder.timer(TokioTimer::new()).serve_connection(tap, answers);
    let mut connection = connection.with_upgrades();

    let ended = {
        let mut closing = pin!(guest.gate().closing());
        let mut is_told = false;
        poll_fn(|cx| {
            if !is_told && closing.as_mut().poll(cx).is_ready() {
                is_told = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            match Pin::new(&mut connection).poll(cx) {
                Poll::Ready(ended) => Poll::Ready(Some(ended)),
                Poll::Pending if phase.is_flushed() => Poll::Ready(None),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    };
    if let Some(ended) = ended {
        if let Err(error) = ended {
            // How a connection broke is for the client to see.
            tracing::debug!(error = &error as &dyn std::error::Error, "connection ends");
        }
        return;
    }
    let Some(parts) = connection.into_parts() else { return };
    let Tap { stream, prefix, .. } = parts.io.into_inner();
    let unread = prefix.after(parts.read_buf);
    let away = away.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Away { body, slot, closes } = away.expect("hyper has asked for the body");
    match Socket::try_from(stream) {
        Ok(socket) => host.take(Taken { socket, body, slot, unread, closes, guest }),
        Err(error) => {
            tracing::warn!(error = &error as &dyn std::error::Error, "stream is not taken over");
        }
    }
}

#[cfg(feature = "http2")]
async fn serve_http2<S, B>(
    host: &Arc<Host<S, B>>,
    service: S,
    peer: Option<SocketAddr>,
    stream: Stream,
    prefix: Prefix,
    guest: Guest,
) where
    S: App<B>,
    B: AppBody,
{
    use hyper::server::conn::http2;
    use hyper_util::rt::TokioExecutor;

    let host = Arc::clone(host);
    let answers = service_fn(move |request| {
        let (host, service) = (Arc::clone(&host), service.clone());
        async move {
            let asked = Asked::new(&request);
            let (response, is_read) = call(service, request, peer).await?;
            // It only counts.
            asked.leaves(&host, is_read, &response);
            Ok::<_, S::Error>(response)
        }
    });
    let tap = TokioIo::new(Tap { stream, prefix, phase: Arc::default() });
    let mut builder = http2::Builder::new(TokioExecutor::new());
    let connection = builder.timer(TokioTimer::new()).serve_connection(tap, answers);
    let mut connection = pin!(connection);
    let mut closing = pin!(guest.gate().closing());
    let mut is_told = false;
    let ended = poll_fn(|cx| {
        if !is_told && closing.as_mut().poll(cx).is_ready() {
            is_told = true;
            connection.as_mut().graceful_shutdown();
        }
        connection.as_mut().poll(cx)
    });
    let ended = ended.await;
    if let Err(error) = ended {
        tracing::debug!(error = &error as &dyn std::error::Error, "connection ends");
    }
}

/// A body that hyper does not write.
struct Away<B> {
    body: Pin<Box<B>>,
    slot: Option<Arc<Slot<Subscription>>>,
    closes: bool,
}

/// What matters of a request when it is answered.
struct Asked {
    version: http::Version,
    has_body: bool,
    closes: bool,
}

impl Asked {
    fn new(request: &Request<Incoming>) -> Self {
        Self {
            version: request.version(),
            has_body: ![Method::HEAD, Method::CONNECT].contains(request.method()),
            closes: says_close(request.headers()),
        }
    }

    /// Whether a response is one that leaves hyper.
    fn leaves<S, B: Body>(&self, host: &Host<S, B>, is_read: bool, response: &Response<B>) -> bool {
        if !self.has_body || !is_event_stream(response) {
            return false;
        }
        let kept = kept(self.version, is_read, response);
        if let Some(why) = kept {
            tracing::debug!(%why, "stream is not taken over");
            host.takeovers.keep(why);
        }
        kept.is_none()
    }
}

/// Calls a service, and tells whether the body of the request has been read to its end.
async fn call<S, B>(
    mut service: S,
    request: Request<Incoming>,
    peer: Option<SocketAddr>,
) -> Result<(Response<B>, bool), S::Error>
where
    S: Service<Request<RequestBody>, Response = Response<B>>,
{
    let (mut head, incoming) = request.into_parts();
    let (body, read) = RequestBody::new(incoming);
    if let Some(peer) = peer {
        head.extensions.insert(peer);
    }
    poll_fn(|cx| service.poll_ready(cx)).await?;
    let request = Request::from_parts(head, body);
    // Whatever makes the response does so within.
    let mut answer = pin!(lending::<Subscription, _>(|| service.call(request)));
    let response = poll_fn(|cx| lending::<Subscription, _>(|| answer.as_mut().poll(cx))).await?;
    let is_read = read.is_none_or(|read| read.load(std::sync::atomic::Ordering::Relaxed));
    Ok((response, is_read))
}

/// Whether a message is the last of its connection (RFC 9112, section 9.6).
fn says_close(headers: &HeaderMap) -> bool {
    let values = headers.get_all(CONNECTION).iter();
    let mut options = values.flat_map(|value| value.as_bytes().split(|byte| *byte == b','));
    options.any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

impl Prefix {
    /// What was read of a connection, and before it what hyper has not used of it.
    fn after(self, unused: Bytes) -> Bytes {
        let rest = self.into_bytes();
        if rest.is_empty() { unused } else { [unused, rest].concat().into() }
    }
}
