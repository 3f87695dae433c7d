//! Where to listen, and for whom: what can be set from outside.

use std::env::{self, VarError};
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket};

use tower_sse::set_peer_timeout;

use crate::Origin;

/// How long a client may take nothing.
const PEER_TIMEOUT: Duration = Duration::from_secs(30);

/// What can be set from outside, by environment variables.
#[derive(Clone, Debug)]
pub struct Setup {
    /// `ADDR` (127.0.0.1) and `PORT` (3000, and 0 for any that is free).
    pub address: SocketAddr,
    /// `CORS_ORIGIN`: the one other origin whose pages may read and write here, with credentials.
    pub cors_origin: Option<Origin>,
    /// `MAX_STREAMS`: how many streams may be open at once, if not any number.
    pub max_streams: Option<usize>,
    /// `LOG`: the log that this server shares with others, such as `redis://127.0.0.1/` or
    /// `nats://127.0.0.1`. Without it, the server is alone.
    pub log: Option<String>,
}

/// Why the server did not start, in one line.
pub struct StartError(String);

impl Setup {
    /// Reads the environment.
    ///
    /// # Errors
    /// When a variable has a value that is no address, port or origin.
    pub fn from_env() -> Result<Self, StartError> {
        let ip = read("ADDR", "an IP address", |addr| addr.parse().ok())?;
        let port = read("PORT", "a number from 0 to 65535", |port| port.parse().ok())?;
        let ip = ip.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Self {
            address: SocketAddr::new(ip, port.unwrap_or(3000)),
            cors_origin: read(
                "CORS_ORIGIN",
                "an origin such as http://127.0.0.1:8080",
                Origin::parse,
            )?,
            max_streams: read("MAX_STREAMS", "a number", |streams| streams.parse().ok())?,
            log: read("LOG", "a URL", |url| Some(url.to_owned()))?.filter(|url| !url.is_empty()),
        })
    }

    /// Listens, and says on stdout under which URL, with this scheme.
    ///
    /// # Errors
    /// When the port is taken or the address is not ours.
    pub async fn listen(&self, scheme: &str) -> Result<TcpListener, StartError> {
        let failed = |cause| StartError(format!("cannot listen on {}: {cause}", self.address));
        let listener = listen(self.address).map_err(failed)?;
        println!("listening on {scheme}://{}", listener.local_addr().map_err(failed)?);
        Ok(listener)
    }
}

fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Without it a port cannot be had again for a minute after the server stopped.
    socket.set_reuseaddr(true)?;
    // Connections inherit it: an event must not wait for the receipt of the one before.
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    let listener = socket.listen(1024)?;
    set_peer_timeout(&listener, PEER_TIMEOUT)?;
    Ok(listener)
}

fn read<T>(
    name: &str,
    expected: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, StartError> {
    let text = match env::var(name) {
        Ok(text) => text,
        Err(VarError::NotPresent) => return Ok(None),
        Err(VarError::NotUnicode(raw)) => raw.to_string_lossy().into_owned(),
    };
    let wrong = || StartError(format!("{name} must be {expected}, not {text:?}"));
    parse(&text).map(Some).ok_or_else(wrong)
}

impl StartError {
    pub(crate) fn new(line: String) -> Self {
        Self(line)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// `main` prints an error by its `Debug`: the line itself reads better there than its structure.
impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for StartError {}

impl From<io::Error> for StartError {
    fn from(error: io::Error) -> Self {
        Self(error.to_string())
    }
}
