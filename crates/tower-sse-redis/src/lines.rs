//! The connections of a log.

use redis::RedisResult;

use crate::line::{Lease, Line};
use crate::server::Server;
use crate::settings::Patience;

/// The connections of a log, beside those of its tails.
pub(crate) struct Lines {
    pub(crate) server: Server,
    pub(crate) appends: Line,
    /// Apart from the other, so that no publisher waits for a page.
    pub(crate) reads: Line,
}

impl Lines {
    pub(crate) fn new(server: Server) -> Self {
        Self { server, appends: Line::default(), reads: Line::default() }
    }

    /// The connection to read with.
    pub(crate) async fn to_read(&self, patience: Patience) -> RedisResult<Lease> {
        self.reads.lease(&self.server, patience).await
    }

    /// The connection to append with.
    pub(crate) async fn to_append(&self, patience: Patience) -> RedisResult<Lease> {
        self.appends.lease(&self.server, patience).await
    }

    /// A tail is broken: what is on the other connections may be on its way for ever, and new ones
    /// know sooner.
    pub(crate) async fn drop_connections(&self) {
        self.appends.drop_connection().await;
        self.reads.drop_connection().await;
    }
}
