//! Following a stream.

use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tower_sse_hub::Mark;
use tower_sse_hub::log::{BoxFuture, Broken, LogError, Page, Tail};

use crate::api::{Api, PATIENCE};
use crate::connection::LOOK;
use crate::fault::Fault;
use crate::pull::{Ask, Pull, Pulled};
use crate::stored::Stored;
use crate::trim::Trimmer;
use crate::verdict::{self, Verdict};

/// The end of a stream, as it grows.
pub(crate) struct NatsTail {
    api: Api,
    prefix: String,
    pull: Pull,
    trimmer: Trimmer,
    /// The connection on which it began: on another, what was asked for is forgotten.
    number: u64,
    /// Up to where it has come.
    upto: Mark,
    /// The first has come, and goes on after where it began.
    is_proven: bool,
    began: Instant,
    /// When the server last gave a sign of life.
    heard: Instant,
    /// A message that is not the next one: why is not known yet.
    held: Option<Stored>,
    /// What is to be told next.
    broken: Option<Broken>,
    /// It goes on no more.
    fault: Option<Fault>,
}

/// How many messages are on their way at once, and half of it.
const BATCH: usize = 1024;
const PAGE: usize = BATCH / 2;

/// How long the server waits for messages, before it is to be asked again.
const WAIT: Duration = Duration::from_secs(30);

/// How often the server says that it is alive, and when it is late with that.
const BEAT: Duration = Duration::from_millis(700);
const LATE: Duration = Duration::from_millis(1600);

impl NatsTail {
    /// Follows the stream that was made then.
    pub(crate) async fn new(
        api: Api,
        prefix: String,
        after: Mark,
        created: &str,
        age: Option<Duration>,
    ) -> Result<Self, Fault> {
        let number = api.connection.number()?;
        // It begins with the entry of the mark, which proves that nothing is missing after it.
        let (mut pull, consumer) = Pull::new(&api, after.position.first()).await?;
        let info = api.info().await?;
        if info.created != created {
            return Err(Fault::Ended("the stream has begun anew".into()));
        }
        let verdict = match consumer.pending {
            0 => verdict::of_state(after, &info.state),
            _ => Verdict::Unproven,
        };
        pull.ask(ask()).await?;
        let now = Instant::now();
        Ok(Self {
            trimmer: Trimmer::new(api.clone(), age, &consumer.created),
            api,
            prefix,
            pull,
            number,
            upto: after,
            is_proven: verdict == Verdict::Continuous,
            began: now,
            heard: now,
            held: None,
            broken: match verdict {
                Verdict::Broken(broken) => Some(broken),
                _ => None,
            },
            fault: None,
        })
    }

    async fn next_page(&mut self) -> Result<Page, Fault> {
        loop {
            if let Some(broken) = self.broken.take() {
                self.fault = Some(Fault::Ended("the stream does not go on here".into()));
                return Ok(Page { upto: self.upto, continuity: Some(broken), ..Page::default() });
            }
            if let Some(fault) = self.fault.take() {
                self.fault = Some(Fault::Ended("it was said why".into()));
                return Err(fault);
            }
            if self.api.connection.number()? != self.number {
                return Err(Fault::Silent("the connection was lost"));
            }
            if self.pull.wanted() <= PAGE {
                self.pull.ask(ask()).await?;
            }
            if let Some(held) = &self.held {
                let next = self.upto.position.first() + 1;
                self.broken = verdict::of_hole(next, &self.api.info().await?.state);
                if self.broken.is_none() {
                    let mut page = Page::default();
                    held.put_into(&mut page, &self.prefix);
                    self.held = None;
                    return Ok(self.fill(page));
                }
                continue;
            }
            tokio::select! {
                pulled = self.pull.next() => match pulled? {
                    Pulled::Stored(stored) => {
                        let page = Page { upto: self.upto, ..Page::default() };
                        if let Some(page) = self.begin(page, stored) {
                            return Ok(page);
                        }
                    }
                    Pulled::Beat if self.is_proven => {
                        self.heard = Instant::now();
                        return Ok(Page { upto: self.upto, at_head: true, ..Page::default() });
                    }
                    // A replica may be late with what others have already.
                    Pulled::Beat if self.began.elapsed() > PATIENCE => {
                        return Err(Fault::Silent("it gives nothing of what it has"));
                    }
                    Pulled::Beat | Pulled::Over => self.heard = Instant::now(),
                },
                () = sleep_until(self.heard + LATE) => {
                    self.api.connection.renew();
                    return Err(Fault::Silent("it gives no sign of life"));
                }
                () = sleep(LOOK) => {}
                never = self.trimmer.run() => match never {},
            }
        }
    }

    /// Begins a page with this message, if there is something to be said.
    fn begin(&mut self, mut page: Page, stored: Stored) -> Option<Page> {
        self.heard = Instant::now();
        if !self.is_proven {
            match verdict::of_first(self.upto, stored.mark) {
                Verdict::Broken(broken) => {
                    self.broken = Some(broken);
                    return None;
                }
                _ => self.is_proven = true,
            }
            if stored.mark == self.upto {
                page.at_head = stored.pending == 0;
                return Some(self.fill(page));
            }
        }
        if self.take(&mut page, stored) { Some(self.fill(page)) } else { None }
    }

    /// Takes what has come already.
    fn fill(&mut self, mut page: Page) -> Page {
        while page.entries.len() + page.skipped < PAGE {
            let stored = match self.pull.try_next() {
                None => break,
                Some(Ok(Pulled::Stored(stored))) => stored,
                Some(Ok(Pulled::Beat | Pulled::Over)) => continue,
                Some(Err(fault)) => {
                    self.fault = Some(fault);
                    break;
                }
            };
            if !self.take(&mut page, stored) {
                break;
            }
        }
        self.upto = page.upto;
        page
    }

    /// Takes a message if it is the next one.
    fn take(&mut self, page: &mut Page, stored: Stored) -> bool {
        if stored.sequence() == page.upto.position.first() + 1 {
            stored.put_into(page, &self.prefix);
            return true;
        }
        page.at_head = false;
        self.held = Some(stored);
        false
    }
}

fn ask() -> Ask {
    Ask { most: BATCH, wait: WAIT, beat: BEAT }
}

impl Tail for NatsTail {
    fn next(&mut self) -> BoxFuture<'_, Result<Page, LogError>> {
        Box::pin(async { Ok(self.next_page().await?) })
    }
}
