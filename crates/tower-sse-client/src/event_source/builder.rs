//! What an event source asks for, and how.

use std::fmt;
use std::future::Future;

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri};
use http_body::Body;
use tower_service::Service;
use tower_sse_codec::{Decoder, EventId};

use super::{EventSource, State};
use crate::BoxError;
use crate::attempt::{FreshHeaders, LAST_EVENT_ID, connect};
use crate::event_stream::EventStream;
use crate::policy::Policy;
use crate::reconnect::Reconnect;

/// What an [`EventSource`] asks for, and how. `F` makes the body of each request.
#[must_use = "it connects to nothing before `connect`"]
pub struct Builder<F> {
    head: Request<()>,
    body: F,
    fresh: Option<FreshHeaders>,
    policy: Policy,
    decoder: Decoder,
}

/// Makes requests without a body.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct NoBody;

/// What makes the body of each request: a function that has no arguments, or [`NoBody`].
pub trait MakeBody<B>: sealed::Sealed<B> {}

impl<F, B> MakeBody<B> for F where F: sealed::Sealed<B> {}

mod sealed {
    use super::NoBody;

    pub trait Sealed<B>: Send + Sync + 'static {
        fn make_body(&self) -> B;
    }

    impl<B: Default> Sealed<B> for NoBody {
        fn make_body(&self) -> B {
            B::default()
        }
    }

    impl<B, F: Fn() -> B + Send + Sync + 'static> Sealed<B> for F {
        fn make_body(&self) -> B {
            self()
        }
    }
}

impl EventSource {
    /// Begins with a GET of this address, which must have a scheme and a host. A user name and a
    /// password in it are not sent.
    pub fn get(uri: Uri) -> Builder<NoBody> {
        let mut head = Request::new(());
        *head.uri_mut() = uri;
        Builder::new(head, NoBody)
    }

    /// Begins with this request, whatever its method and body.
    pub fn request<B>(request: Request<B>) -> Builder<impl Fn() -> B + Send + Sync + 'static>
    where
        B: Clone + Send + Sync + 'static,
    {
        let (head, body) = request.into_parts();
        Builder::new(Request::from_parts(head, ()), move || body.clone())
    }
}

impl<F> Builder<F> {
    fn new(head: Request<()>, body: F) -> Self {
        Self { head, body, fresh: None, policy: Policy::new(), decoder: Decoder::new() }
    }

    /// Sets the method of the requests.
    pub fn with_method(mut self, method: Method) -> Self {
        *self.head.method_mut() = method;
        self
    }

    /// Adds a header to every request.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.head.headers_mut().append(name, value);
        self
    }

    /// Sets what makes further headers, anew for each connection: a fresh token, say.
    ///
    /// They take the place of those of the same name. An error counts as a failed connection.
    pub fn with_fresh_headers<H, E>(
        mut self,
        mut headers: impl FnMut() -> H + Send + 'static,
    ) -> Self
    where
        H: Future<Output = Result<HeaderMap, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.fresh = Some(Box::new(move || {
            let headers = headers();
            Box::pin(async { headers.await.map_err(Into::into) })
        }));
        self
    }

    /// Sets what makes the body of each request.
    pub fn with_body<B, G: Fn() -> B>(self, body: G) -> Builder<G> {
        let Self { head, fresh, policy, decoder, .. } = self;
        Builder { head, body, fresh, policy, decoder }
    }

    /// Sets when it comes back and when not. See [`Policy`].
    pub fn with_policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// Sets the last event id, when events have been seen before.
    pub fn with_last_event_id(mut self, id: &EventId) -> Self {
        self.decoder = self.decoder.with_last_event_id(id);
        self
    }

    /// Sets how many bytes a line of the stream may have: [`Decoder::with_max_line`].
    pub fn with_max_line(mut self, bytes: usize) -> Self {
        self.decoder = self.decoder.with_max_line(bytes);
        self
    }

    /// Sets how many bytes an event may have: [`Decoder::with_max_event`].
    pub fn with_max_event(mut self, bytes: usize) -> Self {
        self.decoder = self.decoder.with_max_event(bytes);
        self
    }

    /// An event source that connects through this service: a hyper-util client, a
    #[cfg_attr(feature = "reqwest", doc = "[`Reqwest`](crate::Reqwest),")]
    #[cfg_attr(not(feature = "reqwest"), doc = "`Reqwest` (a feature),")]
    /// or either under as many layers as you like.
    ///
    /// The service must not follow redirects: the event source does, and sends no header to another
    /// origin that could be a credential, nor the last event id. What the service itself adds to
    /// each request it adds there too: credentials belong into [`with_header`](Self::with_header)
    /// or [`with_fresh_headers`](Self::with_fresh_headers), unless
    /// [`with_max_redirects`](Policy::with_max_redirects) is 0.
    pub fn connect<S, B, R>(mut self, service: S) -> EventSource
    where
        F: MakeBody<B>,
        S: Service<Request<B>, Response = Response<R>> + Clone + Send + 'static,
        S::Error: Into<BoxError>,
        S::Future: Send,
        B: Default + Send + 'static,
        R: Body + Send + 'static,
        R::Error: Into<BoxError>,
    {
        if let Some(id) = self.head.headers_mut().remove(LAST_EVENT_ID) {
            if let Ok(id) = String::from_utf8_lossy(id.as_bytes()).parse() {
                self.decoder = self.decoder.with_last_event_id(&id);
            }
        }
        let mut events = EventStream::with_decoder(Default::default(), self.decoder);
        events.close();
        EventSource {
            connect: connect(
                service,
                self.head,
                move || self.body.make_body(),
                self.fresh,
                &self.policy,
            ),
            reconnect: Reconnect::new(self.policy),
            state: State::New,
            events,
            timer: None,
        }
    }
}

impl<F> fmt::Debug for Builder<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("method", self.head.method())
            .field("uri", self.head.uri())
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}
