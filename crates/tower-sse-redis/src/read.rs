//! Reading pages.

use redis::aio::MultiplexedConnection;
use redis::{Cmd, RedisResult, Value, cmd, pipe};
use tower_sse_hub::log::{Page, ReadFrom};
use tower_sse_hub::{Mark, Position};

use crate::extent::Extent;
use crate::reply::{self, Raw, unexpected};
use crate::stride::Stride;
use crate::{envelope, id};

/// Reads a stream.
pub(crate) struct Reader<'a> {
    pub(crate) connection: &'a mut MultiplexedConnection,
    pub(crate) key: &'a str,
    pub(crate) stride: &'a Stride,
}

/// How many bytes of the newest entries are read, about, however many were asked for.
const NEWEST_BYTES: usize = 32 << 20;

impl Reader<'_> {
    pub(crate) async fn read(mut self, from: ReadFrom, most: usize) -> RedisResult<Page> {
        match from {
            ReadFrom::After(mark) => self.after(mark, most).await,
            ReadFrom::Oldest => {
                let (extent, entries) = self.oldest(most.min(self.stride.entries())).await?;
                Ok(page(entries, extent.newest(), |upto| upto == extent.newest()))
            }
            ReadFrom::Newest => self.newest(most).await,
        }
    }

    /// What comes after an entry, which must be there itself.
    pub(crate) async fn after(&mut self, after: Mark, most: usize) -> RedisResult<Page> {
        let most = most.min(self.stride.entries());
        if after.position != Position::default() {
            let asked = most.saturating_add(1);
            let mut entries = self.range(&id::write(after.position), asked).await?;
            let is_full = entries.len() == asked;
            if !entries.is_empty() && is_mark(&entries.remove(0), after) {
                return Ok(page(entries, after, |_| !is_full));
            }
        }
        let (extent, entries) = self.oldest(most).await?;
        let continuity = extent.verdict(after);
        if continuity.is_none() && after != Mark::default() {
            // It is the place of the newest, which was taken away.
            return Ok(Page { upto: after, at_head: true, ..Page::default() });
        }
        let page = page(entries, extent.newest(), |upto| upto == extent.newest());
        Ok(Page { continuity, ..page })
    }

    /// The last entries that are kept.
    async fn newest(&mut self, most: usize) -> RedisResult<Page> {
        let mut most_now = most.min(self.stride.entries());
        let (extent, mut entries) = self.with_extent(rev_range(self.key, "+", most_now)).await?;
        let mut bytes = self.learn(&entries);
        let mut is_full = entries.len() == most_now;
        while is_full && entries.len() < most && bytes < NEWEST_BYTES {
            let Some(last) = entries.last() else { break };
            let before = format!("({}", id::write(last.position));
            most_now = (most - entries.len()).min(self.stride.entries());
            let reply: Value =
                rev_range(self.key, &before, most_now).query_async(self.connection).await?;
            let more = reply::entries(reply)?;
            bytes += self.learn(&more);
            is_full = more.len() == most_now;
            entries.extend(more);
        }
        entries.reverse();
        Ok(page(entries, extent.newest(), |_| true))
    }

    /// How far the stream reaches, and its first entries, at one moment.
    async fn oldest(&mut self, most: usize) -> RedisResult<(Extent, Vec<Raw>)> {
        let (extent, entries) = self.with_extent(range(self.key, "-", most)).await?;
        self.learn(&entries);
        Ok((extent, entries))
    }

    async fn with_extent(&mut self, range: Cmd) -> RedisResult<(Extent, Vec<Raw>)> {
        let mut both = pipe();
        // Redis 1.8.1 panics over its own transactions where MULTI is not allowed.
        both.ignore_errors().cmd("MULTI").add_command(extent(self.key)).add_command(range);
        both.cmd("EXEC");
        let mut replies: Vec<Value> = both.query_async(self.connection).await?;
        let both = replies.pop().ok_or_else(unexpected)?;
        // Why something could not be queued says more than that nothing was done.
        replies.into_iter().try_for_each(reply::check)?;
        let [extent, entries] = reply::array(both)?.try_into().map_err(|_| unexpected())?;
        Ok((Extent::read(extent)?, reply::entries(entries)?))
    }

    async fn range(&mut self, from: &str, most: usize) -> RedisResult<Vec<Raw>> {
        let reply: Value = range(self.key, from, most).query_async(self.connection).await?;
        let entries = reply::entries(reply)?;
        self.learn(&entries);
        Ok(entries)
    }

    fn learn(&self, entries: &[Raw]) -> usize {
        let bytes = entries.iter().map(Raw::len).sum();
        self.stride.learn(entries.len(), bytes);
        bytes
    }
}

/// A page of these, which ends at a place if it is empty.
pub(crate) fn page(entries: Vec<Raw>, place: Mark, is_head: impl FnOnce(Mark) -> bool) -> Page {
    let mut page = Page { upto: place, ..Page::default() };
    for raw in entries {
        let (mark, entry) = envelope::read(raw);
        page.upto = mark;
        match entry {
            Some(entry) => page.entries.push(entry),
            None => page.skipped += 1,
        }
    }
    page.at_head = is_head(page.upto);
    page
}

/// Whether this is the entry of this mark.
pub(crate) fn is_mark(raw: &Raw, mark: Mark) -> bool {
    raw.position == mark.position && envelope::check(&raw.fields) == mark.check
}

pub(crate) fn extent(key: &str) -> Cmd {
    let mut command = cmd("XINFO");
    command.arg("STREAM").arg(key);
    command
}

fn range(key: &str, from: &str, most: usize) -> Cmd {
    let mut command = cmd("XRANGE");
    command.arg(key).arg(from).arg("+").arg("COUNT").arg(most);
    command
}

fn rev_range(key: &str, from: &str, most: usize) -> Cmd {
    let mut command = cmd("XREVRANGE");
    command.arg(key).arg(from).arg("-").arg("COUNT").arg(most);
    command
}
