//! What an idle stream costs: `idle FRAMEWORK N` opens N streams to a `bench-server` of its own, and
//! prints by how many bytes a stream the server's resident memory has grown.
//!
//! ```text
//! cargo build --release -p bench-server && target/release/idle axum 9000
//! ```

use std::error::Error;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command};
use std::time::Duration;
use std::{env, fs, thread};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [framework, streams] = args.as_slice() else {
        return Err("usage: idle axum|axum-http1|actix-web|warp|hyper N".into());
    };
    let streams = streams.parse()?;
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum })?;

    // Free when it is closed again, but for a race that would only end the run.
    let address = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
    let server = Server::start(framework, address)?;
    // The first ones pay for what all share.
    let first = open(address, 10)?;
    let before = server.resident()?;
    let rest = open(address, streams)?;
    let grown = server.resident()?.saturating_sub(before);
    println!("{framework}: {} bytes a stream, over {}", grown / rest.len().max(1), rest.len());
    drop(first);
    Ok(())
}

/// Streams that have sent their head and their first byte.
fn open(address: SocketAddr, streams: usize) -> Result<Vec<TcpStream>, Box<dyn Error>> {
    let open = (0..streams).map(|_| {
        let mut stream = TcpStream::connect(address)?;
        stream.write_all(b"GET /idle HTTP/1.1\r\nhost: localhost\r\n\r\n")?;
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

/// A server that ends with its owner.
struct Server(Child);

impl Server {
    fn start(framework: &str, address: SocketAddr) -> Result<Self, Box<dyn Error>> {
        let program = env::current_exe()?.with_file_name("bench-server");
        let port = address.port().to_string();
        let server = Self(Command::new(program).args([framework, &port]).spawn()?);
        for _ in 0..100 {
            if TcpStream::connect(address).is_ok() {
                return Ok(server);
            }
            thread::sleep(Duration::from_millis(50));
        }
        Err("the server does not listen".into())
    }

    fn resident(&self) -> Result<usize, Box<dyn Error>> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib: usize = line.ok_or("no VmRSS")?.trim().trim_end_matches(" kB").parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
