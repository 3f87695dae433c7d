//! One server, which can be killed and comes back with all that it had.

use std::env;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use conformance::within;
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::{Child, Command};
use tokio::time::sleep;

/// Who serves the log.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// A binary of the package `servers`.
    Rust(&'static str),
    BetterSse,
    SseStarlette,
}

/// A server. It is killed when this is dropped.
pub(crate) struct Server {
    kind: Kind,
    port: u16,
    /// When the log began.
    start: Duration,
    // Bound, but deaf: so nobody else is given this port while the server is down.
    _reserved: TcpSocket,
    child: Child,
}

impl Kind {
    pub(crate) const ALL: [Self; 5] = [
        Self::Rust("axum"),
        Self::Rust("actix-web-lab"),
        Self::BetterSse,
        Self::SseStarlette,
        Self::Rust("tower-sse-axum"),
    ];

    /// Whether it sends data as JSON.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Self::BetterSse)
    }

    fn command(self) -> Command {
        let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
        let installed = tests.join("../target/servers");
        match self {
            Self::Rust(_) => Command::new(existing(built(&format!("server-{self}")))),
            Self::BetterSse => {
                let mut node = Command::new("node");
                node.env("NODE_PATH", existing(installed.join("node_modules")));
                node.arg(tests.join("servers/server.cjs"));
                node
            }
            Self::SseStarlette => {
                let mut python = Command::new(existing(installed.join("venv/bin/python")));
                python.arg(tests.join("servers/server.py"));
                python
            }
        }
    }
}

impl Server {
    /// Starts a server on a port that is free, with an empty log, and waits until it answers.
    pub(crate) async fn start(kind: Kind) -> Self {
        let reserved = TcpSocket::new_v4().expect("a socket can be had");
        reserved.set_reuseaddr(true).expect("a socket can be shared");
        reserved.bind(([127, 0, 0, 1], 0).into()).expect("some port is free");
        let port = reserved.local_addr().expect("it is bound").port();
        let start = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let child = spawn(kind, port, start);
        let mut server = Self { kind, port, start, _reserved: reserved, child };
        within(&format!("{kind} listens"), server.listens()).await;
        server
    }

    /// Kills it: it gets no chance to say goodbye.
    pub(crate) async fn kill(&mut self) {
        self.child.kill().await.expect("a server runs until it is killed");
    }

    /// Runs it again, where it was.
    pub(crate) fn run(&mut self) {
        self.child = spawn(self.kind, self.port, self.start);
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    async fn listens(&mut self) {
        while TcpStream::connect(("127.0.0.1", self.port)).await.is_err() {
            let ended = self.child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "{} ended at its start", self.kind);
            // Not every server says when it is ready.
            sleep(Duration::from_millis(20)).await;
        }
    }
}

fn spawn(kind: Kind, port: u16, start: Duration) -> Child {
    let mut command = kind.command();
    command.env("PORT", port.to_string()).env("START", start.as_millis().to_string());
    let child = command.stdin(Stdio::null()).kill_on_drop(true).spawn();
    child.unwrap_or_else(|cause| panic!("cannot start {kind}: {cause}"))
}

/// The binary beside the one that runs now.
fn built(name: &str) -> PathBuf {
    let this = env::current_exe().expect("this binary has a path");
    this.ancestors().nth(2).expect("it is target/PROFILE/deps/servers-HASH").join(name)
}

fn existing(path: PathBuf) -> PathBuf {
    assert!(
        path.exists(),
        "{} is missing: run `cargo build -p servers` with the profile of this test, and \
         `bash tests/servers/install.sh`",
        path.display()
    );
    path
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Rust(name) => name,
            Self::BetterSse => "better-sse",
            Self::SseStarlette => "sse-starlette",
        })
    }
}
