//! A server's process.

use std::io;
use std::net::Ipv4Addr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{Instant, sleep};

/// The process of a server that listens on a port, which stays its own when it is down. It is killed
/// when this is dropped.
#[derive(Debug)]
pub struct Process {
    program: &'static str,
    port: u16,
    // Bound, but deaf: so nobody else is given this port while the server is down.
    _reserved: TcpSocket,
    child: Option<Child>,
}

const PATIENCE: Duration = Duration::from_secs(20);

impl Process {
    /// A server that does not run yet, and a port for it that is free.
    pub fn new(program: &'static str) -> Self {
        let reserved = TcpSocket::new_v4().expect("a socket can be had");
        reserved.set_reuseaddr(true).expect("a socket can be shared");
        reserved.bind((Ipv4Addr::LOCALHOST, 0).into()).expect("some port is free");
        let port = reserved.local_addr().expect("it is bound").port();
        Self { program, port, _reserved: reserved, child: None }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Runs it with these arguments, and waits until it takes connections.
    ///
    /// # Panics
    /// When it is not installed, or ends at once, or listens to nobody.
    pub async fn run<I: IntoIterator<Item: AsRef<std::ffi::OsStr>> + Send>(&mut self, args: I) {
        assert!(self.child.is_none(), "{} runs already", self.program);
        let mut command = Command::new(self.program);
        command.args(args).stdin(Stdio::null()).stdout(Stdio::null());
        let child = command.spawn();
        let missing = |cause: io::Error| -> Child {
            panic!("{} cannot be run: {cause}; is it installed?", self.program)
        };
        self.child = Some(child.unwrap_or_else(missing));
        self.listens().await;
    }

    async fn listens(&mut self) {
        let start = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).await.is_err() {
            let child = self.child.as_mut().expect("it was just run");
            let ended = child.try_wait().expect("a child can be asked");
            assert!(ended.is_none(), "{} ended at its start: {ended:?}", self.program);
            assert!(start.elapsed() < PATIENCE, "{} listens to nobody", self.program);
            // Not every server says when it is ready.
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// Kills it: it gets no chance to say goodbye.
    pub fn kill(&mut self) {
        let Some(mut child) = self.child.take() else { return };
        child.kill().expect("a child can be killed");
        child.wait().expect("a child that was killed ends");
    }

    /// Stops it: its connections stay, and it answers nothing.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let child = self.child.as_ref().expect("it runs");
        kill_process(Pid::from_child(child), signal).expect("a child can be told");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
