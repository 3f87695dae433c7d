//! A server for one test.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::extract::{Query, State};
use axum::routing::get;
use http::request::Parts;
use tokio::net::TcpListener;
use tower_sse_axum::{KeepAlive, LastEventId, Sse, Streams};
use tower_sse_hub::{Hub, Lag, Retention, Subscription};
use tower_sse_serve::{Serve, Takeovers, serve};

/// A server for one test.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) takeovers: Takeovers,
}

/// What the events of a test come from.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) hub: Hub,
    pub(crate) streams: Streams,
}

pub(crate) const TOPIC: &str = "news";

impl Server {
    pub(crate) async fn start(app: Router) -> Self {
        Self::start_with(app, |serve| serve).await
    }

    pub(crate) async fn start_with(
        app: Router,
        set: impl FnOnce(Serve<Router>) -> Serve<Router>,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        Self::start_at(listener, app, set)
    }

    pub(crate) fn start_at(
        listener: TcpListener,
        app: Router,
        set: impl FnOnce(Serve<Router>) -> Serve<Router>,
    ) -> Self {
        let address = listener.local_addr().expect("it is bound");
        let server = set(serve(listener, app));
        let takeovers = server.takeovers();
        tokio::spawn(async { server.await.expect("it serves") });
        Self { address, takeovers }
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self { hub: Hub::new(), streams: Streams::new() }
    }

    /// Whoever is slow misses nothing.
    pub(crate) fn remembering_all() -> Self {
        let retention = Retention::new().with_count(usize::MAX).with_bytes(usize::MAX);
        Self { hub: Hub::with_retention(retention), streams: Streams::new() }
    }

    pub(crate) fn publish(&self, text: impl Into<tower_sse_axum::Text>) {
        let event = tower_sse_axum::Event::new(text);
        self.hub.publish_now(TOPIC, event).expect("it is small enough");
    }

    /// `/events`: what the hub has; `/page`: something else.
    pub(crate) fn app(&self) -> Router {
        Router::new()
            .route("/events", get(events))
            .route("/page", get(async || "a page"))
            .with_state(self.clone())
    }
}

async fn events(
    State(stage): State<Stage>,
    LastEventId(last): LastEventId,
    Query(lag): Query<Vec<(String, String)>>,
    request: Parts,
) -> Sse<Subscription> {
    let lag = if lag.is_empty() { Lag::Disconnect } else { Lag::Skip };
    let events = stage.hub.subscribe([TOPIC]).expect("a short name");
    let mut events = events.with_last_event_id(last).with_lag(lag);
    let checkpoints = events.checkpoints();
    match stage.streams.admit(&request) {
        Ok(permit) => Sse::new(events)
            .with_keep_alive(KeepAlive::default().with_fn(checkpoints))
            .with_permit(permit),
        Err(refusal) => Sse::refused(refusal),
    }
}
