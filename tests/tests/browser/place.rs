//! Where a case runs.

use std::fmt;

/// An example, and how its connections are carried.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place {
    pub(crate) framework: &'static str,
    /// HTTPS, and with it HTTP/2.
    pub(crate) tls: bool,
}

impl Place {
    pub(crate) const ALL: [Self; 5] = [
        Self { framework: "axum", tls: false },
        Self { framework: "actix-web", tls: false },
        Self { framework: "warp", tls: false },
        Self { framework: "hyper", tls: false },
        Self { framework: "hyper", tls: true },
    ];

    pub(crate) fn scheme(self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// A URL without path: a browser calls that an origin.
    pub(crate) fn origin(self, port: u16) -> String {
        format!("{}://127.0.0.1:{port}", self.scheme())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.framework, if self.tls { "::tls" } else { "" })
    }
}
