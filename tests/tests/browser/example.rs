//! One example, as it was built.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex};

use tokio::net::TcpSocket;

use crate::place::Place;
use crate::process::Process;

/// An example. A clone is another handle to it; it is killed when the last one is dropped.
#[derive(Clone)]
pub(crate) struct Example {
    place: Place,
    /// What it is told by its environment: most often nothing.
    settings: Vec<(&'static str, String)>,
    port: u16,
    // Bound, but deaf: so nobody else is given this port while the example is down.
    _reserved: Arc<TcpSocket>,
    process: Arc<Mutex<Option<Process>>>,
}

impl Example {
    /// Starts an example on a port that is free.
    pub(crate) async fn start(place: Place, settings: Vec<(&'static str, String)>) -> Self {
        let (reserved, port) = reserve().expect("some port is free");
        let (reserved, process) = (Arc::new(reserved), Arc::default());
        let example = Self { place, settings, port, _reserved: reserved, process };
        example.run().await;
        example
    }

    /// Kills it: it gets no chance to say goodbye.
    pub(crate) fn kill(&self) {
        self.set(None);
    }

    /// Runs it, where it was if it has run before.
    pub(crate) async fn run(&self) {
        let mut command = Command::new(binary(self.place.framework));
        command
            .env("ADDR", "127.0.0.1")
            .env("PORT", self.port.to_string())
            .env("TLS", if self.place.tls { "1" } else { "0" })
            .env_remove("CORS_ORIGIN")
            .env_remove("MAX_STREAMS")
            .envs(self.settings.iter().map(|(name, value)| (name, value)));
        let ready = format!("listening on {}", self.origin());
        let Some((process, _)) = Process::start(&mut command, &ready).await else {
            panic!("the example ended and did not say {ready:?}");
        };
        self.set(Some(process));
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The URL of its page, without the slash at the end: a browser calls that an origin.
    pub(crate) fn origin(&self) -> String {
        self.place.origin(self.port)
    }

    fn set(&self, process: Option<Process>) {
        *self.process.lock().expect("nothing panics under this lock") = process;
    }
}

/// A port that is free, for as long as the socket is kept, for who asks for it by its number.
fn reserve() -> io::Result<(TcpSocket, u16)> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.bind(([127, 0, 0, 1], 0).into())?;
    let port = socket.local_addr()?.port();
    Ok((socket, port))
}

/// The binary beside the one that runs now.
fn binary(framework: &str) -> PathBuf {
    let name = format!("example-{framework}");
    let this = env::current_exe().expect("this binary has a path");
    let profile = this.ancestors().nth(2).expect("it is target/PROFILE/deps/browser-HASH");
    let path = profile.join(&name);
    assert!(
        path.exists(),
        "{} is missing: run `cargo build -p {name}` first, with the profile of this test",
        path.display()
    );
    path
}
