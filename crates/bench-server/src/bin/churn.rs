//! What clients leave behind that come and are gone: `churn CYCLES [FRAMEWORK..]`.
//!
//! So many connect to a `bench-server` and are killed, with 256 open at a time: one in eight in the
//! midst of its head, the others of their stream; every other one by a reset, the rest by an end.
//! What is left of them is counted then, and the memory beside what it was after as many before
//! them. A goal that is missed makes it fail.
//!
//! ```text
//! cargo build --release -p bench-server && target/release/churn 100000
//! ```

use std::collections::VecDeque;
use std::env;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use bench_server::{FRAMEWORKS, Goals, Result, Server, raise_nofile};
use memchr::memmem;
use rustix::net::sockopt::set_socket_linger;

/// How many are open at a time.
const OPEN: usize = 256;

fn main() -> Result<ExitCode> {
    let mut args = env::args().skip(1);
    let cycles = args.next().ok_or("usage: churn CYCLES [FRAMEWORK..]")?.parse()?;
    let mut frameworks: Vec<String> = args.collect();
    if frameworks.is_empty() {
        frameworks = FRAMEWORKS.map(str::to_owned).into();
    }
    raise_nofile()?;

    println!(
        "{:<12}{:>10}{:>10}{:>9}{:>13}{:>9}{:>7}{:>11}{:>10}{:>8}",
        "",
        "cycles",
        "seconds",
        "streams",
        "subscribers",
        "sockets",
        "tasks",
        "MB before",
        "MB after",
        "ratio"
    );
    let mut goals = Goals::default();
    for framework in &frameworks {
        measure(framework, cycles, &mut goals)?;
    }
    Ok(goals.tell())
}

/// Prints a row.
fn measure(framework: &str, cycles: usize, goals: &mut Goals) -> Result<()> {
    let server = Server::start(framework, &[])?;
    // Something is on its way all the time.
    server.get("/start?rate=300&count=1000000")?;
    thread::sleep(Duration::from_secs(1));
    let idle = Idle { files: server.files()?, tasks: server.stat("tasks")? };
    // The first ones pay for what all share: for actix-web, it takes a hundred thousand.
    churn(&server, cycles)?;
    settle(&server, &idle)?;
    let before = server.resident()? as f64 / 1e6;

    let started = Instant::now();
    churn(&server, cycles)?;
    let seconds = started.elapsed().as_secs_f64();
    let Left { streams, subscribers, sockets, tasks } = settle(&server, &idle)?;
    let after = server.resident()? as f64 / 1e6;
    let ratio = after / before;
    println!(
        "{framework:<12}{cycles:>10}{seconds:>10.1}{streams:>9}{subscribers:>13}{sockets:>9}\
         {tasks:>7}{before:>11.2}{after:>10.2}{ratio:>8.3}"
    );
    goals.at_most(format_args!("{framework}: streams left"), streams as f64, 0.0);
    goals.at_most(format_args!("{framework}: tasks left"), tasks as f64, 0.0);
    goals.at_most(format_args!("{framework}: subscribers left"), subscribers as f64, 0.0);
    goals.at_most(format_args!("{framework}: sockets left"), sockets as f64, 0.0);
    goals.at_most(format_args!("{framework}: memory after/before"), ratio, 1.05);
    Ok(())
}

fn churn(server: &Server, cycles: usize) -> Result<()> {
    let (mut open, mut ended) = (VecDeque::new(), VecDeque::new());
    for i in 0..cycles {
        open.push_back(Client::open(server, i)?);
        if open.len() > OPEN {
            ended.extend(open.pop_front().map(Client::kill).transpose()?.flatten());
        }
        if ended.len() > OPEN {
            ended.pop_front();
        }
    }
    for client in open {
        client.kill()?;
    }
    Ok(())
}

struct Client {
    socket: TcpStream,
    /// Whether it has sent its whole head.
    has_asked: bool,
    resets: bool,
}

impl Client {
    /// The i-th: one in eight stays in the midst of its head.
    fn open(server: &Server, i: usize) -> Result<Self> {
        let (has_asked, resets) = (i % 16 > 1, i % 2 == 1);
        let socket = if has_asked {
            server.open("/held")?
        } else {
            let mut socket = TcpStream::connect(server.address())?;
            socket.write_all(b"GET /held HTTP/1.1\r\nhost: loc")?;
            socket
        };
        socket.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { socket, has_asked, resets })
    }

    /// Resets the connection, or ends it and gives it back: closed at once, with something unread,
    /// it would be reset.
    fn kill(mut self) -> Result<Option<TcpStream>> {
        if self.has_asked {
            self.read_message()?;
        }
        if self.resets {
            set_socket_linger(&self.socket, Some(Duration::ZERO))?;
            return Ok(None);
        }
        self.socket.shutdown(Shutdown::Write)?;
        Ok(Some(self.socket))
    }

    /// Reads until it is in the midst of its stream.
    fn read_message(&mut self) -> Result<()> {
        let mut seen = Vec::new();
        while memmem::find(&seen, b"\ndata: ").is_none() {
            let mut bytes = [0; 1024];
            let read = self.socket.read(&mut bytes)?;
            if read == 0 {
                return Err("the server closed a stream".into());
            }
            seen.extend_from_slice(&bytes[..read]);
        }
        Ok(())
    }
}

/// What is left of clients that are gone.
struct Left {
    /// What the registry has.
    streams: usize,
    subscribers: usize,
    /// The server's open files beyond those it had before.
    sockets: usize,
    /// Its tasks, likewise.
    tasks: usize,
}

/// What a server has without clients.
struct Idle {
    files: usize,
    tasks: usize,
}

/// What is left when there is nothing, or after a minute: a framework that lets a client end its
/// half of a connection finds out by a write.
fn settle(server: &Server, idle: &Idle) -> Result<Left> {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        thread::sleep(Duration::from_millis(500));
        let left = Left {
            streams: server.stat("open")?,
            subscribers: server.subscribers()?,
            sockets: server.files()?.saturating_sub(idle.files),
            tasks: server.stat("tasks")?.saturating_sub(idle.tasks),
        };
        let Left { streams, subscribers, sockets, tasks } = left;
        if streams + subscribers + sockets + tasks == 0 || Instant::now() > deadline {
            return Ok(left);
        }
    }
}
