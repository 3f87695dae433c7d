//! A client in a process of its own, which lives on an [`Island`].

use std::env;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Stdio};
use std::time::Duration;

use conformance::client::{Exchange, Protocol, Request};

use crate::island::Island;

/// A client that has got the first frame of a stream, and keeps it open.
pub(crate) struct Castaway(Child);

/// What it is told by: where to go, how, and to which path.
const CASTAWAY: &str = "CONFORMANCE_CASTAWAY";
const READY: &str = "ready";

impl Castaway {
    /// Starts one, and waits until it has got the first frame.
    pub(crate) fn on(island: &Island, to: SocketAddr, protocol: Protocol, path: &str) -> Self {
        let mut command = island.command();
        command.env(CASTAWAY, format!("{to} {protocol:?} {path}"));
        let mut child = command.stdout(Stdio::piped()).spawn().expect("ip is there");
        let mut line = String::new();
        let stdout = child.stdout.take().expect("stdout is piped");
        BufReader::new(stdout).read_line(&mut line).expect("it prints text");
        assert_eq!(line.trim_end(), READY, "it has got a frame");
        Self(child)
    }

    /// Whether this process is one; then it is over when this returns.
    pub(crate) fn is_this() -> bool {
        let Ok(told) = env::var(CASTAWAY) else { return false };
        let [address, protocol, path] = told.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{CASTAWAY} is an address, a protocol and a path, not {told:?}");
        };
        let address = address.parse().expect("an address");
        let protocol = if protocol == "H2" { Protocol::H2 } else { Protocol::H1 };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.expect("a runtime can be had").block_on(async {
            let mut exchange = Exchange::start(address, protocol, &Request::get(path)).await;
            exchange.frame().await;
            println!("{READY}");
            // It is killed before.
            tokio::time::sleep(Duration::from_secs(600)).await;
        });
        true
    }
}

impl Drop for Castaway {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
