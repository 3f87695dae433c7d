//! What every framework stands on: the runtime and the listener.

use std::env::{self, VarError};
use std::error::Error;
use std::io;
use std::net::Ipv4Addr;

use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};

/// The number that a variable of the environment has, if there is one.
pub(crate) fn setting(name: &str) -> Result<Option<u32>, Box<dyn Error>> {
    match env::var(name) {
        Err(VarError::NotPresent) => Ok(None),
        setting => Ok(Some(setting?.parse()?)),
    }
}

pub(crate) fn runtime(workers: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(workers).enable_all().build()
}

/// A listener whose connections have `nodelay` and `sndbuf`: Linux lets them inherit both.
pub(crate) fn listen(port: u16, nodelay: bool, sndbuf: Option<u32>) -> io::Result<TcpListener> {
    let socket = TcpSocket::new_v4()?;
    socket.set_reuseaddr(true)?;
    socket.set_nodelay(nodelay)?;
    if let Some(bytes) = sndbuf {
        socket.set_send_buffer_size(bytes)?;
    }
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    socket.listen(4096)
}
