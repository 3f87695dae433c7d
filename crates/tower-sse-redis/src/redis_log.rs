//! A log on Redis Streams.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use redis::{Client, RedisResult, Value, pipe};
use tower_sse_hub::Mark;
use tower_sse_hub::log::{
    AppendError, Appended, BoxFuture, Log, LogError, NewEntry, Opened, Page, ReadFrom, Tail,
};

use crate::append::append;
use crate::check_up::{CONFIG, CheckUp};
use crate::extent::Extent;
use crate::follow::{Follow, TURN};
use crate::lines::Lines;
use crate::read::{Reader, extent};
use crate::server::{Server, address};
use crate::settings::Settings;
use crate::stride::Stride;
use crate::tail::RedisTail;
use crate::trimmer::Trimmer;
use crate::{InvalidUrl, fault, tag};

/// A [`Log`] that is a stream of Redis 7.0 or newer, or of Valkey.
///
/// All hubs that are to share it open a log of the same key. It connects when it is first used, and
/// has two connections, and one for each tail; each is run by a task of the `redis` crate, which ends
/// with it. So it must be used on tokio.
///
/// # Examples
/// ```no_run
/// use std::time::Duration;
///
/// use tower_sse_hub::Hub;
/// use tower_sse_redis::RedisLog;
///
/// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
/// let log = RedisLog::new("redis://app:secret@redis.internal/0", "news")?
///     .with_count(500_000)
///     .with_age(Duration::from_secs(24 * 60 * 60));
/// let (hub, driver) = Hub::builder().open(log).await?;
/// tokio::spawn(driver.run());
/// # Ok(())
/// # }
/// ```
pub struct RedisLog {
    settings: Settings,
    lines: Arc<Lines>,
    /// What pages are read with, and tails.
    pages: Stride,
    tails: Arc<Stride>,
}

impl RedisLog {
    /// The log of this key at the server of this URL: `redis://`, `rediss://` for TLS (with the
    /// feature `rustls`), `redis+unix://` for a socket; with user name, password and
    /// database as in `redis://app:secret@redis.internal:6379/0`.
    ///
    /// # Errors
    /// When it is no such URL. Whether there is a server is seen when the log is used.
    pub fn new(url: &str, key: impl Into<String>) -> Result<Self, InvalidUrl> {
        Ok(Self::of(Server::at(address(url)?)?, key.into()))
    }

    /// The log of this key at the server of this client: it may have certificates of its own.
    pub fn from_client(client: &Client, key: impl Into<String>) -> Self {
        Self::of(Server::of_client(client), key.into())
    }

    /// The log of this key at the master of this name, as the sentinels of these URLs say. The URL of
    /// a node says how the master is reached: user name, password, database, TLS; its host and port
    /// are not looked at.
    ///
    /// # Errors
    /// When one of them is no such URL, or there is no sentinel.
    #[cfg(feature = "sentinel")]
    pub fn from_sentinels<'a>(
        sentinels: impl IntoIterator<Item = &'a str>,
        master: &str,
        node: &str,
        key: impl Into<String>,
    ) -> Result<Self, InvalidUrl> {
        let sentinels = sentinels.into_iter().map(address).collect::<RedisResult<_>>()?;
        Ok(Self::of(Server::watched(sentinels, master, &address(node)?)?, key.into()))
    }

    fn of(server: Server, key: String) -> Self {
        Self {
            settings: Settings::new(key.into()),
            lines: Arc::new(Lines::new(server)),
            pages: Stride::new(),
            tails: Arc::new(Stride::new()),
        }
    }

    /// Sets how many entries are kept, at least one: 100,000, unless told otherwise. Redis trims
    /// whole nodes of a hundred entries or so, and keeps up to that many more.
    #[must_use]
    pub fn with_count(mut self, entries: usize) -> Self {
        self.settings.count = entries.max(1);
        self
    }

    /// Sets for how long entries are kept: for ever, unless told otherwise, or until there are too
    /// many. The newest is always kept.
    ///
    /// The tail trims, as its hub follows it: every tenth of the age, at most every second and at
    /// least every 30 seconds, by the clock of the server. What its hub has not seen is not trimmed.
    #[must_use]
    pub fn with_age(mut self, age: Duration) -> Self {
        self.settings.age = Some(age);
        self
    }

    /// Sets for how long a message id is known: 2 minutes, unless told otherwise. Each is a key of
    /// its own in Redis for that long.
    #[must_use]
    pub fn with_dedupe(mut self, window: Duration) -> Self {
        self.settings.dedupe = window;
        self
    }

    /// Sets how many bytes an event may have, as it is on the wire, together with its message id:
    /// 1 MiB, unless told otherwise.
    #[must_use]
    pub fn with_max_event(mut self, bytes: usize) -> Self {
        self.settings.max_event = bytes;
        self
    }

    /// Sets for how long is waited for a connection, with all that makes it usable: half a second,
    /// unless told otherwise.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.settings.patience.connect = timeout;
        self
    }

    /// Sets for how long is waited for an answer: 2 seconds, unless told otherwise. A tail, which is
    /// answered once in a second at least, waits for that much longer.
    #[must_use]
    pub fn with_response_timeout(mut self, timeout: Duration) -> Self {
        self.settings.patience.response = timeout;
        self
    }

    async fn check_up(&self) -> RedisResult<Opened> {
        let key = &*self.settings.key;
        // A log is opened again when it broke, on whichever connection: what is published next is not
        // sent where nobody is.
        self.lines.appends.drop_connection().await;
        let mut ask = pipe();
        ask.ignore_errors();
        ask.add_command(extent(key)).cmd("INFO").cmd("CONFIG").arg("GET").arg(&CONFIG);
        if self.settings.age.is_some() {
            // Trims nothing, but says whether a tail could.
            ask.cmd("TIME").cmd("XTRIM").arg(key).arg("MINID").arg("=").arg("0-0");
        }
        let mut lease = self.lines.to_read(self.settings.patience).await?;
        let replies = ask.query_async::<Vec<Value>>(&mut lease.connection).await;
        let mut replies = self.lines.reads.settle(lease.nth(), replies).await?.into_iter();
        let mut reply = || replies.next().unwrap_or_default();

        let (extent, check_up) = (Extent::read(reply()), CheckUp::read(reply(), reply()));
        check_up.check_age()?;
        let extent = self.lines.reads.settle(lease.nth(), extent).await?;
        let mut warnings = check_up.warnings(&self.settings);
        if let Some(Value::ServerError(error)) = replies.find(is_error) {
            warnings.push(format!("no entry will be trimmed by its age: {error}"));
        }
        let tag = tag::of_key(key);
        Ok(Opened { tag, oldest: extent.oldest, newest: extent.newest(), warnings })
    }

    async fn page(&self, from: ReadFrom, most: usize) -> RedisResult<Page> {
        let mut lease = self.lines.to_read(self.settings.patience).await?;
        let (key, stride) = (&*self.settings.key, &self.pages);
        let reader = Reader { connection: &mut lease.connection, key, stride };
        let page = reader.read(from, most).await;
        let page = page.inspect_err(|error| stride.learn_of(error));
        self.lines.reads.settle(lease.nth(), page).await
    }

    async fn follow(&self, after: Mark) -> RedisResult<RedisTail> {
        let Settings { patience, age, key, .. } = &self.settings;
        let connection = self.lines.server.connect(*patience, TURN).await?;
        let follow = Follow {
            connection,
            key: Arc::clone(key),
            upto: after,
            stride: Arc::clone(&self.tails),
            trimmer: age.map(Trimmer::new),
            has_begun: false,
        };
        Ok(RedisTail::new(Arc::clone(&self.lines), follow))
    }
}

fn is_error(reply: &Value) -> bool {
    matches!(reply, Value::ServerError(_))
}

impl Log for RedisLog {
    fn open(&self) -> BoxFuture<'_, Result<Opened, LogError>> {
        Box::pin(async { self.check_up().await.map_err(fault::of_log) })
    }

    fn append(&self, entry: NewEntry) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(append(&self.lines, &self.settings, entry))
    }

    fn read(&self, from: ReadFrom, most: usize) -> BoxFuture<'_, Result<Page, LogError>> {
        Box::pin(async move { self.page(from, most).await.map_err(fault::of_log) })
    }

    fn tail(&self, after: Mark) -> BoxFuture<'_, Result<Box<dyn Tail>, LogError>> {
        Box::pin(async move {
            let tail = self.follow(after).await.map_err(fault::of_log)?;
            Ok(Box::new(tail) as _)
        })
    }
}

impl fmt::Debug for RedisLog {
    // Without the server, of which the URL may have a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisLog").field("settings", &self.settings).finish_non_exhaustive()
    }
}
