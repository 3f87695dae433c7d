//! The hosts: each file starts one framework's server with the same routes.
//!
//! Below `/events` streams yield `Result<Event, _>`, below `/encoded` they yield `Encoded`, below
//! `/telling` `Result<Encoded, Lagged>`, and below `/hub` they are subscriptions; then comes the
//! name of the [`Route`](crate::place::Route), then that of the scenario.

use std::future::Future;
use std::net::TcpListener;

use tokio::sync::oneshot;

use crate::scenarios::Stage;

mod actix_web;
mod axum;
mod hyper;
mod serve;
mod warp;

/// A framework's server, and what is particular to it.
pub(crate) struct Host {
    pub(crate) name: &'static str,
    /// Serves until `stop` resolves, in this thread.
    pub(crate) serve: fn(TcpListener, Stage, Stop),
    /// The status that its usual route for `GET` gives to `HEAD`; none where there are no routes.
    pub(crate) native_head: Option<u16>,
    /// Whether a client's close drops an idle body, or only a write that fails does.
    pub(crate) notices_close: bool,
    /// Whether its usual route lets a host read a hub once for all who wait at a place, and the
    /// host does so.
    pub(crate) shares: bool,
}

pub(crate) type Stop = oneshot::Receiver<()>;

/// As most are.
const HOST: Host = Host {
    name: "axum",
    serve: axum::serve,
    native_head: Some(200),
    notices_close: true,
    shares: false,
};

pub(crate) const ALL: &[Host] = &[
    HOST,
    Host {
        name: "actix_web",
        serve: actix_web::serve,
        native_head: Some(404),
        notices_close: false,
        ..HOST
    },
    Host { name: "warp", serve: warp::serve, native_head: Some(405), ..HOST },
    Host { name: "serve", serve: serve::axum, shares: true, ..HOST },
    Host { name: "serve_warp", serve: serve::warp, native_head: Some(405), ..HOST },
    Host { name: "hyper", serve: hyper::serve, native_head: None, ..HOST },
];

/// Runs a server on a runtime of one thread, until it is stopped.
fn run<F: Future>(stop: Stop, server: impl FnOnce() -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be had").block_on(async {
        tokio::select! {
            _ = server() => panic!("a server does not end by itself"),
            _ = stop => {}
        }
    });
}

fn tokio_listener(listener: TcpListener) -> tokio::net::TcpListener {
    tokio::net::TcpListener::from_std(listener).expect("it was made by tokio")
}
