//! How streams are closed when a server stops: `drain STREAMS [FRAMEWORK..]`.
//!
//! So many are open on a `bench-server`, and one in twenty as many that read nothing, when it is
//! asked to stop. They must be closed in 5 seconds, in each tenth of a second as many within a
//! quarter, in another order than they were opened, each with a `retry:`, most of which differ; and
//! the process must end by itself within a second after. A goal that is missed makes it fail.
//!
//! ```text
//! cargo build --release -p bench-server && target/release/drain 10000
//! ```

use std::collections::HashSet;
use std::env;
use std::io::{ErrorKind, Read};
use std::net::TcpStream;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use bench_server::{FRAMEWORKS, Goals, Result, Server, raise_nofile};
use memchr::memmem;
use rustix::buffer::spare_capacity;
use rustix::event::{Timespec, epoll};
use rustix::fd::OwnedFd;

/// In which time the server closes its streams, but for what is left to bring out the last words.
const BUDGET: Duration = Duration::from_millis(4_900);
const SLOTS: usize = 49;
/// Each of 60,000 bytes, more of them than any system takes for a reader who does not read.
const STALLED: &str = "/held?n=1000&size=60000";

fn main() -> Result<ExitCode> {
    let mut args = env::args().skip(1);
    let streams = args.next().ok_or("usage: drain STREAMS [FRAMEWORK..]")?.parse()?;
    let mut frameworks: Vec<String> = args.collect();
    if frameworks.is_empty() {
        frameworks = FRAMEWORKS.map(str::to_owned).into();
    }
    raise_nofile()?;

    println!(
        "{:<12}{:>9}{:>9}{:>10}{:>11}{:>11}{:>9}{:>9}{:>9}",
        "",
        "streams",
        "stalled",
        "seconds",
        "least/slot",
        "most/slot",
        "retries",
        "order",
        "exit s"
    );
    let mut goals = Goals::default();
    for framework in &frameworks {
        measure(framework, streams, &mut goals)?;
    }
    Ok(goals.tell())
}

/// Prints a row.
fn measure(framework: &str, streams: usize, goals: &mut Goals) -> Result<()> {
    let mut server = Server::start(framework, &[])?;
    let mut clients = Clients::new()?;
    for _ in 0..streams {
        clients.add(server.open("/held")?)?;
    }
    let stalled: Vec<_> =
        (0..streams / 20).map(|_| server.open(STALLED)).collect::<std::io::Result<_>>()?;
    clients.read(|client| client.is_open)?;
    let mut sent = 0;
    while server.stat("open")? < streams + stalled.len() || server.stat("bytes")? > sent {
        sent = server.stat("bytes")?;
        sleep(Duration::from_millis(500));
    }

    let start = Instant::now();
    server.ask_to_stop()?;
    clients.read(|client| client.ended.is_some())?;
    let status = server.ended(2 * BUDGET)?;
    let exit = start.elapsed().as_secs_f64() - BUDGET.as_secs_f64() - 0.1;
    drop(stalled);

    let ended: Vec<Duration> = clients.ends().map(|end| end - start).collect();
    let last = ended.iter().max().copied().unwrap_or_default().as_secs_f64();
    let mut slots = [0; SLOTS];
    for end in &ended {
        // The last one is told at the end of its slot.
        slots[((end.as_millis() / 100) as usize).min(SLOTS - 1)] += 1;
    }
    let [least, most] = [slots.iter().min(), slots.iter().max()]
        .map(|slot| slot.copied().unwrap_or_default() as f64 * SLOTS as f64 / streams as f64);
    let retries = clients.retries().len();
    let order = correlation(&ended);
    println!(
        "{framework:<12}{streams:>9}{:>9}{last:>10.2}{least:>11.2}{most:>11.2}{retries:>9}\
         {order:>9.3}{exit:>9.2}",
        streams / 20
    );
    goals.at_most(format_args!("{framework}: seconds"), last, 5.0);
    goals.at_most(format_args!("{framework}: least/slot below even"), 1.0 - least, 0.25);
    goals.at_most(format_args!("{framework}: most/slot above even"), most - 1.0, 0.25);
    // Of 4,001 that there are; half of as many as there are streams, if those are fewer.
    let different = (streams.min(4_000) / 2) as f64 / retries as f64;
    goals.at_most(format_args!("{framework}: retries that are alike"), different, 1.0);
    goals.at_most(format_args!("{framework}: order"), order.abs(), 0.1);
    goals.at_most(format_args!("{framework}: exit after the budget"), exit, 1.0);
    let failed = if status.success() { 0.0 } else { 1.0 };
    goals.at_most(format_args!("{framework}: exit status"), failed, 0.0);
    Ok(())
}

/// How much the order in which streams ended is that in which they began: 1 for the same, -1 for the
/// reverse, and 0 for none (Spearman).
fn correlation(ended: &[Duration]) -> f64 {
    let mut order: Vec<usize> = (0..ended.len()).collect();
    order.sort_by_key(|&began| ended[began]);
    let far = |(rank, &began): (usize, &usize)| (rank as f64 - began as f64).powi(2);
    let far: f64 = order.iter().enumerate().map(far).sum();
    let len = ended.len() as f64;
    1.0 - 6.0 * far / (len * (len * len - 1.0))
}

/// Clients that one thread reads, each as soon as something has come.
struct Clients {
    epoll: OwnedFd,
    clients: Vec<Client>,
}

struct Client {
    socket: TcpStream,
    seen: Vec<u8>,
    is_open: bool,
    ended: Option<Instant>,
}

impl Clients {
    fn new() -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { epoll, clients: Vec::new() })
    }

    fn add(&mut self, socket: TcpStream) -> Result<()> {
        socket.set_nonblocking(true)?;
        let place = epoll::EventData::new_u64(self.clients.len() as u64);
        epoll::add(&self.epoll, &socket, place, epoll::EventFlags::IN)?;
        self.clients.push(Client { socket, seen: Vec::new(), is_open: false, ended: None });
        Ok(())
    }

    /// Reads until this is so for all of them.
    fn read(&mut self, is_done: impl Fn(&Client) -> bool) -> Result<()> {
        let mut left = self.clients.iter().filter(|client| !is_done(client)).count();
        let mut events = Vec::with_capacity(1024);
        while left > 0 {
            let timeout = Timespec { tv_sec: 10, tv_nsec: 0 };
            epoll::wait(&self.epoll, spare_capacity(&mut events), Some(&timeout))?;
            if events.is_empty() {
                return Err(format!("nothing comes, and {left} clients wait").into());
            }
            for event in events.drain(..) {
                let client = &mut self.clients[event.data.u64() as usize];
                let was_done = is_done(client);
                client.read()?;
                if client.ended.is_some() {
                    // Whatever becomes of the connection is no part of the stream.
                    epoll::delete(&self.epoll, &client.socket)?;
                }
                left -= usize::from(!was_done && is_done(client));
            }
        }
        Ok(())
    }

    fn ends(&self) -> impl Iterator<Item = Instant> {
        self.clients.iter().filter_map(|client| client.ended)
    }

    /// The retries that were told, each once.
    fn retries(&self) -> HashSet<&[u8]> {
        let retry = |client: &'_ Client| {
            let at = memmem::find(&client.seen, b"retry: ")? + 7;
            let len = memmem::find(&client.seen[at..], b"\n")?;
            Some(at..at + len)
        };
        self.clients.iter().filter_map(|client| Some(&client.seen[retry(client)?])).collect()
    }
}

impl Client {
    fn read(&mut self) -> Result<()> {
        let mut bytes = [0; 1024];
        let read = match self.socket.read(&mut bytes) {
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            read => read?,
        };
        self.seen.extend_from_slice(&bytes[..read]);
        self.is_open |= memmem::find(&self.seen, b"\r\n:\n\n").is_some();
        let is_ended = read == 0 || self.seen.ends_with(b"\r\n0\r\n\r\n");
        self.ended = is_ended.then(Instant::now);
        Ok(())
    }
}
