//! Servers of NATS JetStream.

use std::fs;
use std::path::{Path, PathBuf};

use async_nats::jetstream::{self, Context};
use tower_sse_nats::{NatsLog, StreamName};

use crate::{Disk, Engine, Process, Scratch};

/// A server of NATS JetStream, `nats-server`.
#[derive(Debug)]
pub struct NatsServer {
    disk: Disk,
    process: Process,
    scratch: Scratch,
}

/// What a server takes that is told nothing else.
const CONFIG: &str = "jetstream {}";

impl NatsServer {
    /// Starts a server with this configuration, to which its address and its place are added.
    pub async fn with_config(config: &str) -> Self {
        let (process, scratch) = (Process::new("nats-server"), Scratch::new());
        fs::write(scratch.path().join("conf"), config).expect("a file can be written");
        let mut server = Self { disk: Disk::Keeps, process, scratch };
        server.run().await;
        server
    }

    /// Changes its configuration. It holds when the server is run again.
    pub fn set_config(&self, config: &str) {
        fs::write(self.scratch.path().join("conf"), config).expect("a file can be written");
    }

    /// A place on the disk that goes with it.
    pub fn place(&self) -> &Path {
        self.scratch.path()
    }

    /// A connection to it that is not the log's.
    pub async fn jetstream(&self) -> Context {
        let client = async_nats::connect(self.url()).await.expect("server takes connections");
        jetstream::new(client)
    }

    async fn run(&mut self) {
        let conf = self.scratch.path().join("conf");
        let port = self.process.port().to_string();
        let args = ["-a", "127.0.0.1", "-p", &port, "-l", "/dev/null", "-c"].map(PathBuf::from);
        let args = args.into_iter().chain([conf, "-sd".into(), self.store()]);
        self.process.run(args).await;
    }

    fn store(&self) -> PathBuf {
        self.scratch.path().join("store")
    }
}

impl Engine for NatsServer {
    type Log = NatsLog;

    const NAME: &'static str = "nats";

    async fn start(disk: Disk) -> Self {
        Self { disk, ..Self::with_config(CONFIG).await }
    }

    fn url(&self) -> String {
        format!("nats://127.0.0.1:{}", self.process.port())
    }

    fn log_at(&self, url: &str, name: &str) -> NatsLog {
        open(url, name).with_count(1_000_000)
    }

    fn bounded(&self, name: &str, entries: usize) -> NatsLog {
        open(&self.url(), name).with_count(entries as u64)
    }

    fn kill(&mut self) {
        self.process.kill();
    }

    async fn restart(&mut self) {
        if self.disk == Disk::Forgets {
            fs::remove_dir_all(self.store()).expect("what it has kept can be removed");
        }
        self.run().await;
    }

    fn freeze(&self) {
        self.process.freeze();
    }

    fn thaw(&self) {
        self.process.thaw();
    }

    async fn wipe(&self, name: &str) {
        let deleted = self.jetstream().await.delete_stream(name).await;
        deleted.expect("a log that is wiped was there");
    }
}

fn open(url: &str, name: &str) -> NatsLog {
    let name = StreamName::new(name).expect("name of a log in a test is plain");
    NatsLog::new(url).expect("it is an address").with_stream(name)
}
