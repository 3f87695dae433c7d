//! What an idle stream costs: `idle FRAMEWORK N` opens N streams to a `bench-server` of its own, and
//! prints by how many bytes a stream the server's resident memory has grown.
//!
//! ```text
//! cargo build --release -p bench-server && target/release/idle axum 9000
//! ```

use std::env;
use std::io::Read;
use std::net::TcpStream;

use bench_server::{Result, Server, raise_nofile};

fn main() -> Result<()> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [framework, streams] = args.as_slice() else {
        return Err("usage: idle axum|axum-http1|actix-web|warp|hyper|serve N".into());
    };
    let streams = streams.parse()?;
    raise_nofile()?;

    let server = Server::start(framework, &[])?;
    // The first ones pay for what all share.
    let first = open(&server, 10)?;
    let before = server.resident()?;
    let rest = open(&server, streams)?;
    let grown = server.resident()?.saturating_sub(before);
    println!("{framework}: {} bytes a stream, over {}", grown / rest.len().max(1), rest.len());
    drop(first);
    Ok(())
}

/// Streams that have sent their head and their first byte.
fn open(server: &Server, streams: usize) -> Result<Vec<TcpStream>> {
    let open = (0..streams).map(|_| {
        let mut stream = server.open("/idle")?;
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
