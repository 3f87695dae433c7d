//! Where the servers are, and how to get in.

use std::error::Error;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use async_nats::{ConnectErrorKind, ConnectOptions, ServerAddr};
use percent_encoding::percent_decode_str;
use tokio::time::timeout;

use crate::connection::{Connection, Events};
use crate::fault::Fault;

/// Where the servers are, and how to get in.
#[derive(Clone)]
pub(crate) struct Servers {
    addresses: Vec<ServerAddr>,
    pub(crate) auth: Auth,
    pub(crate) connect_timeout: Duration,
    pub(crate) root_certificates: Vec<PathBuf>,
    pub(crate) client_certificate: Option<(PathBuf, PathBuf)>,
}

/// Who wants to get in.
#[derive(Clone)]
pub(crate) enum Auth {
    Nobody,
    User(String, String),
    Token(String),
    Nkey(String),
    Credentials(PathBuf),
}

/// The address of a server is not one.
#[derive(Debug)]
pub struct InvalidUrl(String);

/// A server that has gone is asked for this often in the first minute or so, and then less often.
const SOON: Duration = Duration::from_millis(300);
const LATE: Duration = Duration::from_secs(2);
const ATTEMPTS_SOON: usize = 200;

/// How long a connection may be idle before it is looked whether it is still there.
const PING: Duration = Duration::from_secs(2);

impl Servers {
    /// Servers of these addresses, with commas between them.
    pub(crate) fn new(urls: &str) -> Result<Self, InvalidUrl> {
        let parse = |url: &str| url.trim().parse().map_err(|error| invalid(url, &error));
        let addresses: Vec<ServerAddr> = urls.split(',').map(parse).collect::<Result<_, _>>()?;
        for address in &addresses {
            if address.host().is_empty() || address.is_websocket() {
                return Err(InvalidUrl("it names no host, or another protocol".into()));
            }
        }
        let auth = addresses.iter().find_map(Auth::of).unwrap_or(Auth::Nobody);
        Ok(Self {
            addresses,
            auth,
            connect_timeout: Duration::from_millis(500),
            root_certificates: Vec::new(),
            client_certificate: None,
        })
    }

    /// Tries each server once.
    pub(crate) async fn connect(&self) -> Result<Connection, Fault> {
        let events = Events::new();
        let noted = events.clone();
        let options = self.options().await?.event_callback(move |event| {
            noted.note(event);
            std::future::ready(())
        });
        // Looking up a name has no bound of its own.
        let most = self.connect_timeout * (2 * self.addresses.len() as u32) + SOON;
        let client = match timeout(most, options.connect(&*self.addresses)).await {
            Ok(Ok(client)) => client,
            Ok(Err(error)) => return Err(refused(&error)),
            Err(_) => return Err(Fault::Away("it does not answer".into())),
        };
        Ok(Connection::new(client, events))
    }

    async fn options(&self) -> Result<ConnectOptions, Fault> {
        let mut options = ConnectOptions::new()
            .name("tower-sse")
            .ping_interval(PING)
            .connection_timeout(self.connect_timeout)
            .reconnect_delay_callback(delay);
        for path in &self.root_certificates {
            options = options.add_root_certificates(path.clone());
        }
        if let Some((certificate, key)) = &self.client_certificate {
            options = options.add_client_certificate(certificate.clone(), key.clone());
        }
        Ok(match self.auth.clone() {
            Auth::Nobody => options,
            Auth::User(user, password) => options.user_and_password(user, password),
            Auth::Token(token) => options.token(token),
            Auth::Nkey(seed) => options.nkey(seed),
            Auth::Credentials(path) => {
                let options = options.credentials_file(&path).await;
                options.map_err(|error| Fault::Unusable(format!("{}: {error}", path.display())))?
            }
        })
    }
}

impl Auth {
    /// Who the address says: a user with a password, or a token.
    fn of(address: &ServerAddr) -> Option<Self> {
        let decoded = |text| percent_decode_str(text).decode_utf8_lossy().into_owned();
        let user = decoded(address.username()?);
        Some(match address.password() {
            Some(password) => Self::User(user, decoded(password)),
            None => Self::Token(user),
        })
    }
}

/// How long to wait before the next attempt, by chance, so that not all come at once.
fn delay(attempts: usize) -> Duration {
    let most = if attempts < ATTEMPTS_SOON { SOON } else { LATE };
    let wait = Duration::from_millis(10).saturating_mul(1 << attempts.min(10)).min(most);
    if attempts <= 1 { Duration::ZERO } else { wait.mul_f64(0.5 + fastrand::f64() / 2.0) }
}

fn refused(error: &async_nats::ConnectError) -> Fault {
    match error.kind() {
        ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
            Fault::Denied(error.to_string())
        }
        ConnectErrorKind::Tls => Fault::Unusable(error.to_string()),
        _ if is_untrusted(error) => Fault::Unusable(error.to_string()),
        _ => Fault::Away(error.to_string()),
    }
}

/// Whether a certificate is to blame, which the client calls an error of I/O.
fn is_untrusted(error: &async_nats::ConnectError) -> bool {
    let error = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    let error = error.and_then(io::Error::get_ref).and_then(|inner| inner.downcast_ref());
    matches!(error, Some(async_nats::rustls::Error::InvalidCertificate(_)))
}

fn invalid(url: &str, error: &dyn Error) -> InvalidUrl {
    // What it says is the address, which may hold a password.
    InvalidUrl(error.to_string().replace(url, "it"))
}

impl fmt::Debug for Servers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hosts = self.addresses.iter().map(|address| (address.host(), address.port()));
        f.debug_list().entries(hosts).finish()
    }
}

impl fmt::Display for InvalidUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "address of a NATS server cannot be read: {}", self.0)
    }
}

impl Error for InvalidUrl {}
