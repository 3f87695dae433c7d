//! What the server itself is doing.

use std::collections::BTreeMap;

use serde::Serialize;
use tower_sse::{Reason, Streams};
use tower_sse_hub::Hub;

/// What has become of the streams since the server was started.
#[derive(Debug, Serialize)]
pub struct Traffic {
    /// How many are open.
    open: usize,
    /// How many have ended, by the reason, if any have.
    ended: BTreeMap<&'static str, u64>,
    /// How many gaps were told.
    gaps: u64,
}

impl Traffic {
    pub(crate) fn of(streams: &Streams, hub: &Hub) -> Self {
        let (streams, gaps) = (streams.stats(), hub.stats().gaps);
        let ended = Reason::ALL.map(|reason| (reason.as_str(), streams.ended(reason)));
        Self {
            open: streams.open,
            ended: ended.into_iter().filter(|(_, count)| *count > 0).collect(),
            gaps: gaps.trimmed + gaps.reset + gaps.foreign + gaps.too_old,
        }
    }
}
