//! What readers that stall cost the others: `stalled SUBSCRIBERS[/STALLED] [FRAMEWORK..]`.
//!
//! Of the subscribers of a `bench-server`, so many never read in every other round: by default, one
//! in a hundred. The latencies are those of all who read, as medians of the rounds of each kind,
//! which take turns. The memory is what the server's has grown by in the rounds with stalled
//! readers, and may grow by what the hub keeps and what the framework queues for them. They do
//! stall when the kernel holds less than was published. A goal that is missed makes it fail.
//!
//! ```text
//! cargo build --release -p bench-server && target/release/stalled 10000
//! ```

use std::collections::HashMap;
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, thread};

use bench_server::{FRAMEWORKS, Goals, Readers, Result, Server, raise_nofile};
use rustix::net::sockopt::set_socket_linger;

const ROUNDS: usize = 5;

/// What is published in a round, in 20 seconds: more than the kernel and the framework take for one
/// who does not read it.
const MESSAGES: u64 = 80;
const RATE: u64 = 4;
const SIZE: usize = 4096;
const BURST: u64 = 32;

/// Loopback is so fast that the kernel would choose 2.5 MiB for each.
const SNDBUF: &str = "32768";

fn main() -> Result<ExitCode> {
    let mut args = env::args().skip(1);
    let readers = args.next().ok_or("usage: stalled SUBSCRIBERS[/STALLED] [FRAMEWORK..]")?;
    let (subscribers, stalled) = match readers.split_once('/') {
        Some((subscribers, stalled)) => (subscribers.parse()?, stalled.parse()?),
        None => (readers.parse()?, readers.parse::<usize>()?.div_ceil(100)),
    };
    let mut frameworks: Vec<String> = args.collect();
    if frameworks.is_empty() {
        frameworks = FRAMEWORKS.map(str::to_owned).into();
    }
    raise_nofile()?;

    println!(
        "{:<12}{:>8}{:>10}{:>7}{:>8}{:>10}{:>7}{:>10}{:>7}{:>10}{:>11}",
        "",
        "p50 ms",
        "stalled",
        "ratio",
        "p99 ms",
        "stalled",
        "ratio",
        "grown MB",
        "bound",
        "held KB",
        "published"
    );
    let mut goals = Goals::default();
    for framework in &frameworks {
        measure(framework, subscribers, stalled, &mut goals)?;
    }
    Ok(goals.tell())
}

/// Prints a row.
fn measure(framework: &str, subscribers: usize, stalled: usize, goals: &mut Goals) -> Result<()> {
    let mut trial = Trial::start(framework, subscribers, stalled)?;
    // The first ones pay for what all share, and for buffers that grow to their full size once.
    trial.burst()?;
    trial.round(false)?;
    let before = trial.server.resident()?;
    let (mut plain, mut stalled) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        plain.push(trial.round(false)?);
        stalled.push(trial.round(true)?);
    }

    let [p50, stalled_p50] = [&plain, &stalled].map(|rounds| median(rounds, |it| it.p50));
    let [p99, stalled_p99] = [&plain, &stalled].map(|rounds| median(rounds, |it| it.p99));
    let resident = stalled.iter().map(|round| round.resident).max().unwrap_or_default();
    let grown = resident.saturating_sub(before) as f64 / 1e6;
    let bound = (history() + trial.stalled * queue(framework)) as f64 / 1e6;
    let held = stalled.iter().map(|round| round.held).max().unwrap_or_default() as f64 / 1e3;
    let published = (MESSAGES as usize * SIZE) as f64 / 1e3;
    println!(
        "{framework:<12}{p50:>8.1}{stalled_p50:>10.1}{:>7.2}{p99:>8.1}{stalled_p99:>10.1}{:>7.2}\
         {grown:>10.2}{bound:>7.1}{held:>10.0}{published:>11.0}",
        stalled_p50 / p50,
        stalled_p99 / p99
    );
    goals.at_most(format_args!("{framework}: p50 ratio"), stalled_p50 / p50, 1.1);
    goals.at_most(format_args!("{framework}: p99 ratio"), stalled_p99 / p99, 1.5);
    goals.at_most(format_args!("{framework}: grown MB"), grown, bound);
    goals.at_most(format_args!("{framework}: held/published"), held / published, 0.9);
    Ok(())
}

/// The most that the hub of a `bench-server` keeps, with what is around each message.
fn history() -> usize {
    1024 * (SIZE + 512)
}

/// The most that a framework takes for a connection that is not read: 408 KiB on hyper, twice 32
/// KiB on actix-web, whose buffer grows by doubling, and the frame of 16 KiB that goes beyond. What
/// was taken over has the rest of one chunk.
fn queue(framework: &str) -> usize {
    let limit = match framework {
        "serve" => 48,
        "actix-web" => 64,
        _ => 408,
    };
    (limit + 16) << 10
}

struct Trial {
    server: Server,
    readers: Readers,
    subscribers: usize,
    /// How many of the subscribers stall, when some do.
    stalled: usize,
}

struct Round {
    /// In milliseconds.
    p50: f64,
    p99: f64,
    /// The server's memory at the end, in bytes.
    resident: usize,
    /// The most bytes that the kernel holds for one who stalls.
    held: usize,
}

impl Trial {
    fn start(framework: &str, subscribers: usize, stalled: usize) -> Result<Self> {
        let server = Server::start(framework, &[("SNDBUF", SNDBUF)])?;
        let mut readers = Readers::new()?;
        for _ in stalled..subscribers {
            readers.add(subscribe(&server)?)?;
        }
        Ok(Self { server, readers, subscribers, stalled })
    }

    /// Publishes at once more than any framework queues in one go.
    fn burst(&mut self) -> Result<()> {
        self.wait_for_all(self.subscribers - self.stalled)?;
        self.server.get(&format!("/start?rate=0&count={BURST}&size={SIZE}"))?;
        self.readers.read(BURST)?;
        Ok(())
    }

    fn round(&mut self, stalls: bool) -> Result<Round> {
        let others = (0..self.stalled).map(|_| subscribe(&self.server));
        let mut others: Vec<_> = others.collect::<Result<_>>()?;
        if !stalls {
            others.drain(..).try_for_each(|socket| self.readers.add(socket))?;
        }
        self.wait_for_all(self.subscribers)?;
        self.server.get(&format!("/start?rate={RATE}&count={MESSAGES}&size={SIZE}"))?;
        let mut latencies = self.readers.read(MESSAGES)?;
        let (resident, held) = (self.server.resident()?, held(&others)?);
        self.readers.truncate(self.subscribers - self.stalled);

        latencies.sort_unstable();
        let percentile = |of: usize| latencies[latencies.len() * of / 100] as f64 / 1e6;
        Ok(Round { p50: percentile(50), p99: percentile(99), resident, held })
    }

    /// Those of the round before may be on their way out.
    fn wait_for_all(&self, subscribers: usize) -> Result<()> {
        for _ in 0..200 {
            if self.server.subscribers()? == subscribers {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(100));
        }
        Err(format!("{} subscribers", self.server.subscribers()?).into())
    }
}

/// One who resets the connection when he goes, so that every server sees it at once.
fn subscribe(server: &Server) -> Result<TcpStream> {
    let socket = server.open("/sub")?;
    set_socket_linger(&socket, Some(Duration::ZERO))?;
    Ok(socket)
}

fn median(rounds: &[Round], figure: fn(&Round) -> f64) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// The most bytes that the kernel holds for one of these: what was written to it and not read.
fn held(sockets: &[TcpStream]) -> Result<usize> {
    let ports = sockets.iter().map(|socket| Ok((socket.local_addr()?.port(), 0)));
    let mut held: HashMap<u16, usize> = ports.collect::<Result<_>>()?;
    // A line is `sl local remote state sent:received ..`, in hexadecimal digits.
    for line in fs::read_to_string("/proc/net/tcp")?.lines().skip(1) {
        let fields: Vec<&str> = line.split_whitespace().take(5).collect();
        let [_, local, remote, _, queues] = fields[..] else { continue };
        let port = |address: &str| u16::from_str_radix(address.rsplit(':').next()?, 16).ok();
        let (sent, received) = queues.split_once(':').ok_or("no queues in /proc/net/tcp")?;
        for (address, queue) in [(remote, sent), (local, received)] {
            let Some(held) = port(address).and_then(|port| held.get_mut(&port)) else { continue };
            *held += usize::from_str_radix(queue, 16)?;
        }
    }
    Ok(held.into_values().max().unwrap_or_default())
}
