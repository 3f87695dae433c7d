//! Bringing what the log has to the hub.

use std::convert::Infallible;
use std::fmt;
use std::future::{Future, pending};
use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::task::yield_now;
use tokio::time::{sleep, sleep_until, timeout};

use crate::backoff::Backoff;
use crate::health::Condition;
use crate::log::{Broken, Log, LogError, Opened, ReadFrom};
use crate::pages::Pages;
use crate::shared::{Behind, Shared};
use crate::sync::Mutex;
use crate::{Builder, Hub};

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
    condition: Arc<Condition>,
    /// What the log warned of when it was opened last.
    warned: Mutex<Vec<String>>,
}

/// How many entries are read at once.
const PAGE: usize = 512;

/// How many entries a hub begins with.
const WARM: usize = 8192;

/// How many subscribers go first, before the next page is asked for.
const FEW: usize = 32;

/// How many pages are read at the same time for those who catch up.
const READERS: usize = 8;

/// How long the log may take to answer, and a tail to give a sign of life.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long somebody who comes back waits for a page while the log is out of reach.
const LATE: Duration = Duration::from_secs(2);

/// After what time a page is read again that could not be.
const PAGE_AGAIN: Duration = Duration::from_millis(300);

/// The longest tag, in bytes.
const MAX_TAG: usize = 12;

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
        let opened = open(&*log).await?;
        let warm = limit(log.read(ReadFrom::Newest, WARM)).await?;
        let pages = Arc::new(Pages::default());
        let condition = Arc::new(Condition::default());
        let behind = Behind::new(Arc::clone(&log), Arc::clone(&pages), Arc::clone(&condition));
        let shared = Arc::new(Shared::of_log(settings, behind, &opened.tag, warm.before()));
        shared.insert(warm);
        let (hub, warned) = (Arc::downgrade(&shared), Mutex::default());
        let driver = Self { hub, log, pages, condition, warned };
        driver.warn(&opened);
        Ok((Hub::from_shared(shared), driver))
    }

    /// Runs until nobody has the hub, or a subscription of it, any more, which it sees when the log
    /// gives the next page. It is to be spawned.
    ///
    /// When the log breaks, it tries again, after a time that grows from 20 ms to 300 ms in the first
    /// minute and to 2 s then; subscribers stay, and are given what is remembered. Who comes back and
    /// needs more than that for 2 s is told to come again, by a `retry:` of 1 to 5 seconds, and the
    /// stream ends; see also [`Builder::with_isolation`]. Each break is traced as a warning, and
    /// [`Hub::health`] tells of it. It tries again as well when the error is
    /// [fatal](crate::log::LogError::is_fatal): then somebody has to do something.
    ///
    /// # Cancel safety
    /// When the future is dropped, nothing arrives any more, and there is no other driver: open the
    /// log again, with another hub.
    pub async fn run(self) {
        tokio::select! {
            () = self.bring() => {}
            _ = self.watch() => {}
        }
    }

    /// Follows the log, again and again, until nobody has the hub.
    async fn bring(&self) {
        let mut backoff = Backoff::new();
        loop {
            match self.follow(&mut backoff).await {
                Err(Ended::HubGone) => return,
                Err(Ended::Error(error)) => {
                    self.condition.broke(&error);
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

    /// While the log is out of reach, has those not wait for it who have waited for long.
    async fn watch(&self) -> Infallible {
        loop {
            let since = self.condition.broken().await;
            let late = async {
                sleep_until(since + LATE).await;
                self.hub().iter().for_each(|hub| hub.late());
                pending::<()>().await;
            };
            let isolated = async {
                let isolation = self.hub().ok().and_then(|hub| hub.settings.isolation);
                let Some(isolation) = isolation else { return pending().await };
                sleep_until(since + isolation).await;
                self.hub().iter().for_each(|hub| hub.isolate());
                pending::<()>().await;
            };
            tokio::select! {
                () = self.condition.well() => {}
                () = late => {}
                () = isolated => {}
            }
        }
    }

    /// Follows the log until it breaks.
    async fn follow(&self, backoff: &mut Backoff) -> Result<Infallible, Ended> {
        self.verify().await?;
        let at = self.hub()?.settled();
        let mut tail = limit(self.log.tail(at)).await?;
        let mut reads = FuturesUnordered::new();
        let mut reading = Vec::new();
        let ended = loop {
            tokio::select! {
                // Pages come no faster than the log gives them: the tail has its turn.
                biased;
                Some((after, head, page)) = reads.next() => match (page, self.hub()) {
                    (Ok(page), Ok(hub)) => {
                        reading.retain(|other| *other != after);
                        self.pages.give(after, hub.page(page, head));
                    }
                    (Err(error), _) => {
                        let cause = &error as &dyn std::error::Error;
                        tracing::warn!(error = cause, "page of the log cannot be read");
                        reading.retain(|other| *other != after);
                        self.pages.again(after);
                    }
                    (_, Err(gone)) => break gone,
                },
                after = self.pages.wanted(), if reads.len() < READERS => {
                    let head = match self.hub() {
                        Ok(hub) => hub.settled().position,
                        Err(gone) => break gone,
                    };
                    reading.push(after);
                    let page = limit(self.log.read(ReadFrom::After(after), PAGE));
                    reads.push(async move {
                        let page = page.await;
                        if page.is_err() {
                            // The tail tells whether the log is well; one page says nothing of it.
                            sleep(PAGE_AGAIN).await;
                        }
                        (after, head, page)
                    });
                }
                page = limit(tail.next()) => match page {
                    Ok(page) if page.continuity.is_none() => {
                        backoff.reset();
                        let woken = match self.hub() {
                            Ok(hub) => {
                                let woken = hub.insert(page);
                                hub.well();
                                woken
                            }
                            Err(gone) => break gone,
                        };
                        // What sends for the next page would have its turn before them.
                        if (1..=FEW).contains(&woken) {
                            yield_now().await;
                        }
                    }
                    Ok(_) => break LogError::transient("it does not go on where it was").into(),
                    Err(error) => break error.into(),
                },
            }
        };
        // Somebody still waits for them.
        reading.into_iter().for_each(|after| self.pages.again(after));
        Err(ended)
    }

    /// Looks whether the log goes on where the hub is, and takes it from there; or begins anew.
    async fn verify(&self) -> Result<(), Ended> {
        let opened = open(&*self.log).await?;
        self.warn(&opened);
        let hub = self.hub()?;
        let is_other = hub.store().tag() != opened.tag;
        let at = hub.settled();
        drop(hub);
        let continuity = if is_other {
            Some(Broken::Reset)
        } else {
            let page = limit(self.log.read(ReadFrom::After(at), PAGE)).await?;
            let continuity = page.continuity;
            if continuity.is_none() {
                self.hub()?.insert(page);
            }
            continuity
        };
        let Some(broken) = continuity else {
            self.hub()?.verified();
            return Ok(());
        };
        let warm = limit(self.log.read(ReadFrom::Newest, WARM)).await?;
        // What was read is of the log as it is now, which may have begun anew once more.
        let again = limit(self.log.open()).await?;
        if again.tag != opened.tag {
            return Err(LogError::transient("it began anew while it was read").into());
        }
        let hub = self.hub()?;
        match broken {
            Broken::Trimmed => hub.skip_to(warm),
            Broken::Reset => hub.begin_anew(&opened, warm),
        }
        Ok(())
    }

    /// Traces what the log warns of, if it did not the last time.
    fn warn(&self, opened: &Opened) {
        let mut warned = self.warned.lock();
        for warning in opened.warnings.iter().filter(|warning| !warned.contains(warning)) {
            tracing::warn!(warning, "log may lose entries");
        }
        warned.clone_from(&opened.warnings);
    }
}

/// What the log answers, if it does so in time.
async fn limit<T>(answer: impl Future<Output = Result<T, LogError>>) -> Result<T, LogError> {
    let late = || Err(LogError::transient("it does not answer"));
    timeout(PATIENCE, answer).await.unwrap_or_else(|_| late())
}

/// Opens the log, and looks whether ids can be made with its tag.
async fn open(log: &dyn Log) -> Result<Opened, LogError> {
    let opened = limit(log.open()).await?;
    let is_plain = |byte: u8| byte.is_ascii_digit() || byte.is_ascii_lowercase();
    if !(1..=MAX_TAG).contains(&opened.tag.len()) || !opened.tag.bytes().all(is_plain) {
        return Err(LogError::fatal("its tag is not of up to 12 digits and lower case letters"));
    }
    Ok(opened)
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.condition.stopped();
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver").finish_non_exhaustive()
    }
}

impl From<LogError> for Ended {
    fn from(error: LogError) -> Self {
        Self::Error(error)
    }
}
