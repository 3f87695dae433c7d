//! Following a stream, turn by turn.

use std::sync::Arc;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{RedisResult, Value, pipe};
use tower_sse_hub::Mark;
use tower_sse_hub::log::Page;

use crate::id;
use crate::read::{Reader, is_mark, page};
use crate::reply::{self, unexpected};
use crate::stride::Stride;
use crate::trimmer::Trimmer;

/// Follows a stream on a connection of its own, which is blocked most of the time.
pub(crate) struct Follow {
    pub(crate) connection: MultiplexedConnection,
    pub(crate) key: Arc<str>,
    pub(crate) upto: Mark,
    pub(crate) stride: Arc<Stride>,
    pub(crate) trimmer: Option<Trimmer>,
    /// Whether it has seen that the log goes on where it began.
    pub(crate) has_begun: bool,
}

/// For how long a turn waits for an entry.
pub(crate) const TURN: Duration = Duration::from_secs(1);

impl Follow {
    /// The next page: an empty one when nothing has come for a while.
    pub(crate) async fn turn(&mut self) -> RedisResult<Page> {
        let page = if self.has_begun { self.wait().await } else { self.look().await };
        let page = page.inspect_err(|error| self.stride.learn_of(error))?;
        self.has_begun = true;
        self.upto = page.upto;
        Ok(page)
    }

    /// Waits for entries, and looks then whether the one before them is still there. It must be
    /// then: its id does not come back, so what is there now was there when they were read. Asking
    /// in one go costs no more than not asking.
    async fn wait(&mut self) -> RedisResult<Page> {
        let place = id::write(self.upto.position);
        let asked = self.stride.entries();
        let trim = self
            .trimmer
            .as_ref()
            .and_then(|trimmer| trimmer.command(&self.key, self.upto.position));

        let mut turn = pipe();
        turn.ignore_errors();
        turn.cmd("XREAD").arg("COUNT").arg(asked).arg("BLOCK").arg(TURN.as_millis() as u64);
        turn.arg("STREAMS").arg(&*self.key).arg(&place);
        turn.cmd("XRANGE").arg(&*self.key).arg(&place).arg(&place);
        if let Some(trim) = trim {
            turn.add_command(trim);
        }
        let replies: Vec<Value> = turn.query_async(&mut self.connection).await?;
        let mut replies = replies.into_iter();
        let mut reply = || replies.next().ok_or_else(unexpected);
        let (entries, before) = (reply()?, reply()?);
        if let (Some(trimmer), Ok(trimmed)) = (&mut self.trimmer, reply()) {
            trimmer.learn(trimmed);
        }

        let entries = reply::waited_entries(entries)?;
        if !reply::entries(before)?.first().is_some_and(|raw| is_mark(raw, self.upto)) {
            return self.look().await;
        }
        let is_full = entries.len() == asked;
        self.stride.learn(entries.len(), entries.iter().map(reply::Raw::len).sum());
        Ok(page(entries, self.upto, |_| !is_full))
    }

    /// Reads what comes after the last entry, without waiting: it says what is missing, if anything.
    async fn look(&mut self) -> RedisResult<Page> {
        let Self { connection, key, upto, stride, .. } = self;
        Reader { connection, key, stride }.after(*upto, usize::MAX).await
    }
}
