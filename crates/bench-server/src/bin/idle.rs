//! What an idle stream costs: `idle N [FRAMEWORK..]` opens N streams of a hub to a `bench-server` of
//! its own, and as many bare ones to another, and prints by how many bytes a stream the server's
//! resident memory has grown. A goal that is missed makes it fail.
//!
//! ```text
//! cargo build --release -p bench-server && target/release/idle 19000
//! ```

use std::env;
use std::io::Read;
use std::net::TcpStream;
use std::process::ExitCode;

use bench_server::{Goals, Result, Server, raise_nofile};

const ALL: [&str; 6] = ["axum", "axum-http1", "actix-web", "warp", "hyper", "serve"];

/// The most bytes of a stream that was taken over.
const BOUND: f64 = 512.0;

fn main() -> Result<ExitCode> {
    let mut args = env::args().skip(1);
    let streams = args.next().ok_or("usage: idle N [FRAMEWORK..]")?.parse()?;
    let asked: Vec<String> = args.collect();
    let all = ALL.map(String::from);
    raise_nofile()?;

    println!("{:12} {:>12} {:>12}", "", "of a hub", "bare");
    let mut goals = Goals::default();
    for framework in if asked.is_empty() { &all[..] } else { &asked } {
        let [hub, bare] = [cost(framework, "/sub", streams)?, cost(framework, "/idle", streams)?];
        println!("{framework:12} {hub:>12} {bare:>12}");
        if framework == "serve" {
            goals.at_most("serve, of a hub", hub as f64, BOUND);
            goals.at_most("serve, bare", bare as f64, BOUND);
        }
    }
    Ok(goals.tell())
}

/// By how many bytes the memory of a server grows with each of so many streams.
fn cost(framework: &str, path: &str, streams: usize) -> Result<usize> {
    let server = Server::start(framework, &[])?;
    // The first ones pay for what all share.
    let first = open(&server, path, 10)?;
    let before = server.resident()?;
    let rest = open(&server, path, streams)?;
    let grown = server.resident()?.saturating_sub(before);
    drop(first);
    Ok(grown / rest.len().max(1))
}

/// Streams that have sent their head and their first byte.
fn open(server: &Server, path: &str, streams: usize) -> Result<Vec<TcpStream>> {
    let open = (0..streams).map(|_| {
        let mut stream = server.open(path)?;
        let mut seen = Vec::new();
        while !seen.ends_with(b":\n\n\r\n") {
            let mut bytes = [0; 1024];
            let read = stream.read(&mut bytes)?;
            if read == 0 {
                return Err("the server closed a stream".into());
            }
            seen.extend_from_slice(&bytes[..read]);
        }
        Ok(stream)
    });
    open.collect()
}
