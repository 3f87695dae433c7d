//! Bringing what the log has to the hub.

use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Weak};

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::sleep;

use crate::backoff::Backoff;
use crate::log::{Broken, Log, LogError, Opened, Page, ReadFrom};
use crate::pages::Pages;
use crate::shared::{Behind, Shared};
use crate::{Builder, Hub, Mark};

/// What brings the entries of a log to a hub: it follows the log, comes back to it when it breaks,
/// and reads for those subscribers who want more than the hub remembers.
///
/// It is made with the hub by [`Builder::open`]. The application spawns [`run`](Driver::run): without
/// it, nothing arrives.
#[must_use = "nothing arrives until it runs"]
pub struct Driver {
    hub: Weak<Shared>,
    log: Arc<dyn Log>,
    pages: Arc<Pages>,
}

/// How many entries are read at once.
const PAGE: usize = 512;

/// How many entries a hub begins with.
const WARM: usize = 8192;

/// How many pages are read at the same time for those who catch up.
const READERS: usize = 8;

/// Why following the log ended.
enum Ended {
    /// Nobody has the hub any more.
    HubGone,
    Error(LogError),
}

impl Driver {
    /// A hub that begins with what the log has now.
    pub(crate) async fn open(
        settings: Builder,
        log: Arc<dyn Log>,
    ) -> Result<(Hub, Self), LogError> {
        let opened = log.open().await?;
        warn(&opened);
        let warm = log.read(ReadFrom::Newest, WARM).await?;
        let pages = Arc::new(Pages::default());
        let behind = Behind::new(Arc::clone(&log), Arc::clone(&pages));
        let shared = Arc::new(Shared::of_log(settings, behind, &opened.tag, before(&warm)));
        shared.insert(warm);
        let driver = Self { hub: Arc::downgrade(&shared), log, pages };
        Ok((Hub::from_shared(shared), driver))
    }

    /// Runs until nobody has the hub, or a subscription of it, any more, which it sees when the log
    /// gives the next page. It is to be spawned.
    ///
    /// When the log breaks, it tries again, after a time that grows from 20 ms to 300 ms in the first
    /// minute and to 2 s then; subscribers stay, and are given what is remembered. Each break is
    /// traced as a warning. It tries again as well when the error is
    /// [fatal](crate::log::LogError::is_fatal): then somebody has to do something.
    ///
    /// # Cancel safety
    /// When the future is dropped, nothing arrives any more, and there is no other driver: open the
    /// log again, with another hub.
    pub async fn run(self) {
        let mut backoff = Backoff::new();
        loop {
            match self.follow(&mut backoff).await {
                Err(Ended::HubGone) => return,
                Err(Ended::Error(error)) => {
                    let cause = &error as &dyn std::error::Error;
                    tracing::warn!(error = cause, fatal = error.is_fatal(), "log broke");
                }
            }
            sleep(backoff.next()).await;
        }
    }

    fn hub(&self) -> Result<Arc<Shared>, Ended> {
        self.hub.upgrade().ok_or(Ended::HubGone)
    }

    /// Follows the log until it breaks.
    async fn follow(&self, backoff: &mut Backoff) -> Result<Infallible, Ended> {
        self.verify().await?;
        let mut tail = self.log.tail(self.hub()?.settled()).await?;
        let mut reads = FuturesUnordered::new();
        let mut reading = Vec::new();
        let ended = loop {
            tokio::select! {
                page = tail.next() => match page {
                    Ok(page) if page.continuity.is_none() => {
                        backoff.reset();
                        match self.hub() {
                            Ok(hub) => hub.insert(page),
                            Err(gone) => break gone,
                        }
                    }
                    Ok(_) => break LogError::transient("it does not go on where it was").into(),
                    Err(error) => break error.into(),
                },
                after = self.pages.wanted(), if reads.len() < READERS => {
                    reading.push(after);
                    let page = self.log.read(ReadFrom::After(after), PAGE);
                    reads.push(async move { (after, page.await) });
                }
                Some((after, page)) = reads.next() => match (page, self.hub()) {
                    (Ok(page), Ok(hub)) => {
                        reading.retain(|other| *other != after);
                        self.pages.give(after, hub.page(page));
                    }
                    (Err(error), _) => break error.into(),
                    (_, Err(gone)) => break gone,
                },
            }
        };
        // Somebody still waits for them.
        reading.into_iter().for_each(|after| self.pages.again(after));
        Err(ended)
    }

    /// Looks whether the log goes on where the hub is, and takes it from there; or begins anew.
    async fn verify(&self) -> Result<(), Ended> {
        let opened = self.log.open().await?;
        warn(&opened);
        let hub = self.hub()?;
        let is_other = hub.store().tag() != opened.tag;
        let at = hub.settled();
        drop(hub);
        let continuity = if is_other {
            Some(Broken::Reset)
        } else {
            let page = self.log.read(ReadFrom::After(at), PAGE).await?;
            let continuity = page.continuity;
            if continuity.is_none() {
                self.hub()?.insert(page);
            }
            continuity
        };
        let Some(broken) = continuity else { return Ok(()) };
        let warm = self.log.read(ReadFrom::Newest, WARM).await?;
        let head = before(&warm);
        let hub = self.hub()?;
        match broken {
            Broken::Trimmed => hub.skip_to(head),
            Broken::Reset => hub.begin_anew(&opened, head),
        }
        hub.insert(warm);
        Ok(())
    }
}

/// Where a page begins: what comes up to there is not in it.
fn before(page: &Page) -> Mark {
    let first = page.entries.first();
    // No entry, so nobody is ever given it.
    first.map_or(page.upto, |first| Mark { position: first.mark.position.before(), check: 0 })
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

fn warn(opened: &Opened) {
    for warning in &opened.warnings {
        tracing::warn!(warning, "log may lose entries");
    }
}

impl From<LogError> for Ended {
    fn from(error: LogError) -> Self {
        Self::Error(error)
    }
}
