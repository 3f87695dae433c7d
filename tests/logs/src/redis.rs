//! Logs on Redis.

use std::path::Path;
use std::time::Duration;

use redis::{Client, Cmd, RedisError, RedisResult, Value};
use tokio::time::{Instant, sleep};
use tower_sse_redis::RedisLog;

use crate::{Disk, Engine, Process, Scratch};

/// A Redis server of its own.
#[derive(Debug)]
pub struct RedisServer {
    process: Process,
    // Dropped after the process.
    scratch: Scratch,
    settings: Vec<String>,
}

/// With `everysec`, what was confirmed while a flush to a slow disk is under way may be lost with the
/// process.
const KEEPS: [&str; 6] = ["--appendonly", "yes", "--appendfsync", "always", "--save", ""];
const FORGETS: [&str; 4] = ["--appendonly", "no", "--save", ""];

const PATIENCE: Duration = Duration::from_secs(20);

impl RedisServer {
    /// Starts one with more settings, as they are given on its command line.
    pub async fn start_with(disk: Disk, settings: &[&str]) -> Self {
        let of_disk: &[&str] = if disk == Disk::Keeps { &KEEPS } else { &FORGETS };
        let settings = of_disk.iter().chain(settings).map(ToString::to_string).collect();
        let process = Process::new("redis-server");
        let mut server = Self { process, scratch: Scratch::new(), settings };
        server.restart().await;
        server
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.process.port()
    }

    /// Where it keeps its files.
    pub fn path(&self) -> &Path {
        self.scratch.path()
    }

    /// Sends it a command, on a connection of its own.
    pub async fn ask(&self, command: &Cmd) -> RedisResult<Value> {
        let client = Client::open(self.url())?;
        let mut connection = client.get_multiplexed_async_connection().await?;
        command.query_async(&mut connection).await
    }

    /// Sends it a command of these words, which must go well.
    pub async fn tell(&self, words: &str) -> Value {
        let mut command = Cmd::new();
        command.arg(words.split_whitespace().collect::<Vec<_>>());
        let reply = self.ask(&command).await;
        reply.unwrap_or_else(|cause| panic!("{words}: {cause}"))
    }
}

impl Engine for RedisServer {
    type Log = RedisLog;

    const NAME: &'static str = "redis";

    async fn start(disk: Disk) -> Self {
        Self::start_with(disk, &[]).await
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}/", self.port())
    }

    fn log_at(&self, url: &str, name: &str) -> RedisLog {
        let log = RedisLog::new(url, name).expect("it is a url");
        log.with_count(1_000_000)
    }

    fn bounded(&self, name: &str, entries: usize) -> RedisLog {
        self.log(name).with_count(entries)
    }

    fn kill(&mut self) {
        self.process.kill();
    }

    async fn restart(&mut self) {
        let mut args = vec!["--bind".to_owned(), "127.0.0.1".to_owned(), "--port".to_owned()];
        args.extend([self.port().to_string(), "--dir".to_owned()]);
        args.push(self.scratch.path().display().to_string());
        args.extend(self.settings.iter().cloned());
        self.process.run(args).await;
        // It listens before it has read what is on its disk.
        let start = Instant::now();
        while let Err(cause) = self.ask(&redis::cmd("PING")).await {
            if is_answer(&cause) {
                break;
            }
            assert!(start.elapsed() < PATIENCE, "redis-server is not ready: {cause}");
            sleep(Duration::from_millis(10)).await;
        }
    }

    fn freeze(&self) {
        self.process.freeze();
    }

    fn thaw(&self) {
        self.process.thaw();
    }

    async fn wipe(&self, name: &str) {
        self.tell(&format!("DEL {name}")).await;
    }
}

/// Whether it runs, and wants a password.
fn is_answer(error: &RedisError) -> bool {
    error.code().is_some_and(|code| code == "NOAUTH" || code == "NOPERM")
}
