//! A network of its own for a client, which can be cut off: what a peer leaves whose power goes off.

use std::net::{IpAddr, Ipv4Addr};
use std::process::Command;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU8, Ordering};

/// A network namespace of Linux and a pair of virtual interfaces, one of them in there.
pub(crate) struct Island {
    name: String,
    address: Ipv4Addr,
}

impl Island {
    /// Whether one can be made here: it takes `ip`, and the rights. If not, says so.
    pub(crate) fn can_be_had() -> bool {
        static CAN: LazyLock<bool> = LazyLock::new(|| {
            let island = Island::new();
            if let Err(why) = &island {
                eprintln!("SKIPPED, peers whose power goes off: no network of their own: {why}");
            }
            island.is_ok()
        });
        *CAN
    }

    /// Makes one.
    pub(crate) fn new() -> Result<Self, String> {
        static NUMBER: AtomicU8 = AtomicU8::new(0);
        // A part of 198.18.0.0/15, which is for tests (RFC 2544).
        let (process, number) = (std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        let address =
            |host| Ipv4Addr::new(198, 18 | (number >> 6), process as u8, number << 2 | host);
        let name = format!("sse{process}-{number}");
        let island = Self { address: address(1), name };
        let Self { name, .. } = &island;
        let (here, there) = (island.here(), island.there());
        ip(&format!("netns add {name}"))?;
        ip(&format!("link add {here} type veth peer name {there} netns {name}"))?;
        ip(&format!("addr add {}/30 dev {here}", address(1)))?;
        ip(&format!("link set {here} up"))?;
        ip(&format!("-n {name} addr add {}/30 dev {there}", address(2)))?;
        ip(&format!("-n {name} link set {there} up"))?;
        Ok(island)
    }

    /// Where this side is reached from there.
    pub(crate) fn address(&self) -> IpAddr {
        self.address.into()
    }

    /// This program, to be run there.
    pub(crate) fn command(&self) -> Command {
        let this = std::env::current_exe().expect("this binary has a path");
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(this);
        command
    }

    /// Cuts it off, without a word to anybody.
    pub(crate) fn cut(&self) {
        let down = format!("-n {} link set {} down", self.name, self.there());
        ip(&down).expect("an interface can be set down");
    }

    fn here(&self) -> String {
        format!("{}h", self.name)
    }

    fn there(&self) -> String {
        format!("{}t", self.name)
    }
}

impl Drop for Island {
    fn drop(&mut self) {
        // The interfaces go with the namespace; what was not made cannot be removed.
        let _ = ip(&format!("netns del {}", self.name));
        let _ = ip(&format!("link del {}", self.here()));
    }
}

fn ip(line: &str) -> Result<(), String> {
    let output = Command::new("ip").args(line.split(' ')).output();
    let output = output.map_err(|cause| format!("ip: {cause}"))?;
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    if output.status.success() { Ok(()) } else { Err(format!("ip {line}: {said}")) }
}
