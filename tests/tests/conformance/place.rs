//! Where a case runs.

use std::fmt;

use conformance::client::Protocol;

use crate::hosts::{self, Host};

/// Where a case runs.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) host: &'static Host,
    pub(crate) route: Route,
    pub(crate) protocol: Protocol,
}

/// The ways in which a stream gets into a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Route {
    /// As the host's users return a response and take a `Last-Event-ID`.
    Native,
    /// `tower_sse::service_fn`, mounted.
    Mount,
    /// The same, with `check_accept`.
    Strict,
    /// A tower service under `tower_sse::SseLayer`, mounted.
    Layer,
}

impl Route {
    const ALL: [Self; 4] = [Self::Native, Self::Mount, Self::Strict, Self::Layer];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Native => "native",
            Self::Mount => "mount",
            Self::Strict => "strict",
            Self::Layer => "layer",
        }
    }
}

impl Place {
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let routes = |host| Route::ALL.into_iter().map(move |route| (host, route));
        let places = |(host, route)| {
            [Protocol::H1, Protocol::H2].map(|protocol| Self { host, route, protocol })
        };
        hosts::ALL.iter().flat_map(routes).flat_map(places)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = match self.protocol {
            Protocol::H1 => "h1",
            Protocol::H2 => "h2",
        };
        write!(f, "{}::{}::{protocol}", self.host.name, self.route.name())
    }
}
