//! What every framework stands on: the runtime, the listener, and enough file descriptors.

use std::env::{self, VarError};
use std::error::Error;
use std::io;
use std::net::Ipv4Addr;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};

/// The number of worker threads.
pub(crate) fn workers() -> Result<usize, Box<dyn Error>> {
    match env::var("WORKERS") {
        Err(VarError::NotPresent) => Ok(1),
        workers => Ok(workers?.parse()?),
    }
}

/// Allows as many open connections as the hard limit does.
pub(crate) fn raise_nofile() -> io::Result<()> {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    Ok(setrlimit(Resource::Nofile, raised)?)
}

pub(crate) fn runtime(workers: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build()
}

/// A listener whose connections have `nodelay`: Linux lets them inherit it.
pub(crate) fn listen(port: u16, nodelay: bool) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(nodelay)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(4096)
}
