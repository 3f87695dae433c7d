//! Removing what is too old.

use std::convert::Infallible;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};
use tower_sse_hub::log::BoxFuture;

use crate::api::Api;
use crate::fault::Fault;
use crate::stamp::Stamp;

/// Removes what is too old, from time to time.
///
/// The server could do it, but it would remove the newest entry as well, and the last that is too
/// old: by these, clients and hubs prove that nothing is missing after what they have seen.
pub(crate) struct Trimmer {
    api: Api,
    age: Option<Duration>,
    /// The time of the server at an instant of ours.
    clock: Option<(Stamp, Instant)>,
    due: Instant,
    /// What is being done, which goes on when the wait for it is dropped.
    work: Option<BoxFuture<'static, Result<(), Fault>>>,
}

/// How often one looks.
const OFTEN: Duration = Duration::from_secs(1);
const SELDOM: Duration = Duration::from_secs(30);

impl Trimmer {
    /// Removes what is older than this; the server's clock shows this time now.
    pub(crate) fn new(api: Api, age: Option<Duration>, now: &str) -> Self {
        let clock = Stamp::parse(now).map(|stamp| (stamp, Instant::now()));
        let mut trimmer = Self { api, age, clock, due: Instant::now(), work: None };
        trimmer.put_off();
        trimmer
    }

    /// Does what is to be done.
    ///
    /// # Cancel safety
    /// It goes on where it was.
    pub(crate) async fn run(&mut self) -> Infallible {
        let (Some(age), Some(clock)) = (self.age, self.clock) else {
            return std::future::pending().await;
        };
        loop {
            if let Some(work) = &mut self.work {
                if let Err(fault) = work.await {
                    let error = &fault as &dyn std::error::Error;
                    tracing::warn!(error, "what is too old cannot be removed");
                }
                self.work = None;
                self.put_off();
            }
            sleep_until(self.due).await;
            let (stamp, at) = clock;
            let now = stamp.0.saturating_add(nanos(at.elapsed()));
            let before = Stamp(now.saturating_sub(nanos(age)));
            self.work = Some(Box::pin(trim(self.api.clone(), before)));
        }
    }

    /// Nodes do it by turns, as chance will have it.
    fn put_off(&mut self) {
        let often = (self.age.unwrap_or_default() / 4).clamp(OFTEN, SELDOM);
        self.due = Instant::now() + often.mul_f64(0.5 + fastrand::f64());
    }
}

/// Removes what was stored before this time, but for the last of it.
async fn trim(api: Api, before: Stamp) -> Result<(), Fault> {
    let state = api.info().await?.state;
    let (mut old, mut high) = (state.first, state.last);
    // Most often there is nothing to do: the first may be too old, and the second is not.
    let mut middle = state.first + 1;
    while old < high {
        match api.get(middle).await? {
            Some(kept) if kept.stamp < before && kept.sequence <= high => old = kept.sequence,
            _ => high = middle - 1,
        }
        middle = old + (high - old).div_ceil(2);
    }
    if old > state.first { api.purge(old).await } else { Ok(()) }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
