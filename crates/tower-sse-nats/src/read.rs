//! Reading a page.

use std::time::Duration;

use tokio::time::{sleep, timeout};
use tower_sse_hub::log::{Page, ReadFrom};

use crate::api::{Api, PATIENCE};
use crate::fault::Fault;
use crate::pull::{Ask, Pull, Pulled};
use crate::stored::{Stored, mark};
use crate::verdict::{self, Verdict};

/// How long the server waits for what it should have.
const WAIT: Duration = Duration::from_secs(1);

/// After what time what has come of a page is the page.
const LONG: Duration = Duration::from_secs(4);

/// Reads up to so many entries of the stream.
pub(crate) async fn read(
    api: &Api,
    prefix: &str,
    from: ReadFrom,
    most: usize,
) -> Result<Page, Fault> {
    let number = api.connection.number()?;
    let (start, after) = match from {
        ReadFrom::After(mark) => (mark.position.first(), Some(mark)),
        ReadFrom::Oldest => (0, None),
        ReadFrom::Newest => {
            let state = api.info().await?.state;
            (state.last.saturating_sub(most as u64) + 1, None)
        }
    };
    // It begins with the entry of the mark, which proves that nothing is missing after it.
    let (pull, consumer) = Pull::new(api, start).await?;
    let mut page = Page { upto: after.unwrap_or_default(), ..Page::default() };
    if consumer.pending == 0 {
        let state = api.info().await?.state;
        let verdict = match after {
            Some(after) => verdict::of_state(after, &state),
            None if state.count == 0 => {
                page.upto = mark(state.last, 0);
                Verdict::Continuous
            }
            None => Verdict::Unproven,
        };
        match verdict {
            Verdict::Continuous => page.at_head = true,
            Verdict::Unproven => {}
            Verdict::Broken(broken) => page.continuity = Some(broken),
        }
        if verdict != Verdict::Unproven {
            return Ok(page);
        }
    }
    let pending = usize::try_from(consumer.pending).unwrap_or(most).max(1);
    let mut reading = Reading { api, prefix, pull, page, is_proven: false, seen: 0 };
    tokio::select! {
        result = reading.go_on(from, most, pending) => result?,
        () = api.connection.lost(number) => return Err(Fault::Silent("the connection was lost")),
        () = sleep(LONG) => reading.page.at_head = false,
    }
    let is_further = reading.page.continuity.is_some() || reading.len() > 0;
    if !is_further && !reading.page.at_head {
        return Err(Fault::Silent("it gives nothing of what it has"));
    }
    Ok(reading.page)
}

/// A page that is being read.
struct Reading<'a> {
    api: &'a Api,
    prefix: &'a str,
    pull: Pull,
    page: Page,
    /// The first has come, and goes on after what was asked for.
    is_proven: bool,
    /// How many have come.
    seen: usize,
}

impl Reading<'_> {
    /// Reads up to so many, of those that the server has to give.
    async fn go_on(&mut self, from: ReadFrom, most: usize, pending: usize) -> Result<(), Fault> {
        // One more, which proves.
        let asked = pending.min(most.saturating_add(1));
        self.pull.ask(Ask { most: asked, wait: WAIT, beat: Duration::ZERO }).await?;
        while self.seen < asked && self.len() < most {
            let pulled = timeout(PATIENCE, self.pull.next()).await;
            match pulled.map_err(|_| Fault::Silent("it took too long"))?? {
                Pulled::Stored(stored) if self.take(from, &stored).await? => self.seen += 1,
                Pulled::Stored(_) => {
                    self.seen += 1;
                    return Ok(());
                }
                Pulled::Beat => {}
                Pulled::Over => return Ok(()),
            }
        }
        Ok(())
    }

    /// How many messages are in the page.
    fn len(&self) -> usize {
        self.page.entries.len() + self.page.skipped
    }

    /// Takes a message; whether others may come after it.
    async fn take(&mut self, from: ReadFrom, stored: &Stored) -> Result<bool, Fault> {
        if !self.is_proven {
            self.is_proven = true;
            let ReadFrom::After(after) = from else {
                stored.put_into(&mut self.page, self.prefix);
                return Ok(true);
            };
            if let Verdict::Broken(broken) = verdict::of_first(after, stored.mark) {
                self.page.continuity = Some(broken);
                return Ok(false);
            }
            if stored.mark == after {
                self.page.at_head = stored.pending == 0;
                return Ok(true);
            }
        }
        let next = self.page.upto.position.first() + 1;
        if stored.sequence() > next {
            if self.len() > 0 {
                // The next page tells why it is not there.
                self.page.at_head = false;
                return Ok(false);
            }
            self.page.continuity = verdict::of_hole(next, &self.api.info().await?.state);
            if self.page.continuity.is_some() {
                return Ok(false);
            }
        }
        stored.put_into(&mut self.page, self.prefix);
        Ok(true)
    }
}
