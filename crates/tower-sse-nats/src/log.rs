//! A log in a JetStream stream.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_nats::Client;
use tokio::sync::OnceCell;
use tower_sse_hub::Mark;
use tower_sse_hub::log::{
    AppendError, Appended, BoxFuture, Log, LogError, NewEntry, Opened, Page, ReadFrom, Tail,
};

use crate::api::Api;
use crate::append::append;
use crate::connection::Connection;
use crate::fault::Fault;
use crate::open::open;
use crate::read::read;
use crate::server::{Auth, Servers};
use crate::settings::{Settings, Storage};
use crate::tail::NatsTail;
use crate::{InvalidUrl, StreamName, SubjectPrefix};

/// A [`Log`] in a stream of NATS JetStream.
///
/// It connects when it is first used. The client of NATS has two tasks of its own.
#[must_use = "a log does nothing by itself"]
pub struct NatsLog {
    origin: Origin,
    settings: Settings,
    api: OnceCell<Api>,
    /// When the stream was made that was last opened.
    created: Mutex<String>,
}

/// Where the connection comes from.
enum Origin {
    Servers(Servers),
    Client(Client),
}

impl NatsLog {
    /// A log on the server at this address, `nats://host:4222`, or on a cluster at several, with
    /// commas between them.
    ///
    /// With `tls://` it is encrypted. A user and a password, or a token, may be in the address.
    ///
    /// # Errors
    /// When it is no such address.
    pub fn new(url: &str) -> Result<Self, InvalidUrl> {
        Ok(Self::of(Origin::Servers(Servers::new(url)?)))
    }

    /// A log on a connection that the application has made.
    ///
    /// What concerns the connection is the application's then. The client should look often whether
    /// the connection is still there (`ping_interval`, 2 s), give up early (`connection_timeout`, 500
    /// ms), and wait shortly between attempts (`reconnect_delay_callback`, up to 300 ms).
    pub fn from_client(client: Client) -> Self {
        Self::of(Origin::Client(client))
    }

    fn of(origin: Origin) -> Self {
        let (api, created) = (OnceCell::new(), Mutex::default());
        Self { origin, settings: Settings::new(), api, created }
    }

    /// Sets what the stream is called: `sse`, unless told otherwise. It is made if it is not there.
    pub fn with_stream(mut self, name: StreamName) -> Self {
        self.settings.stream = name;
        self
    }

    /// Sets what its subjects begin with: the name of the stream, unless told otherwise.
    pub fn with_prefix(mut self, prefix: SubjectPrefix) -> Self {
        self.settings.prefix = Some(prefix);
        self
    }

    /// Sets how many entries are kept, at least one: 100,000, unless told otherwise.
    pub fn with_count(mut self, entries: u64) -> Self {
        self.settings.count = entries.max(1);
        self
    }

    /// Sets how many bytes are kept, as the server counts them: any number, unless told otherwise.
    /// The server may set that much aside.
    pub fn with_bytes(mut self, bytes: u64) -> Self {
        self.settings.bytes = Some(bytes);
        self
    }

    /// Sets for how long an entry is kept: for ever, unless told otherwise.
    ///
    /// Who follows the log removes what is older, once in a fourth of that time, in 1 to 30 seconds.
    /// The newest entry is never removed, nor the last of those that are too old: by these, clients
    /// prove that nothing is missing.
    pub fn with_age(mut self, age: Duration) -> Self {
        self.settings.age = Some(age);
        self
    }

    /// Sets for how long a message id is known: 2 minutes, unless told otherwise.
    pub fn with_dedupe(mut self, window: Duration) -> Self {
        self.settings.dedupe = window;
        self
    }

    /// Sets on how many servers the stream is: one, unless told otherwise, up to five.
    pub fn with_replicas(mut self, servers: usize) -> Self {
        self.settings.replicas = servers;
        self
    }

    /// Sets where the servers keep the stream.
    pub fn with_storage(mut self, storage: Storage) -> Self {
        self.settings.storage = storage;
        self
    }

    /// Sets who connects.
    pub fn with_user(self, user: impl Into<String>, password: impl Into<String>) -> Self {
        self.with_auth(Auth::User(user.into(), password.into()))
    }

    /// Sets the token by which it may connect.
    pub fn with_token(self, token: impl Into<String>) -> Self {
        self.with_auth(Auth::Token(token.into()))
    }

    /// Sets the seed of the key by which it may connect: `SU...`.
    pub fn with_nkey(self, seed: impl Into<String>) -> Self {
        self.with_auth(Auth::Nkey(seed.into()))
    }

    /// Sets the file of credentials, a JWT with a key, by which it may connect. It is read then.
    pub fn with_credentials_file(self, path: impl Into<PathBuf>) -> Self {
        self.with_auth(Auth::Credentials(path.into()))
    }

    /// Adds a file of certificates (PEM) that servers are trusted by, in place of the system's.
    pub fn with_root_certificates(self, path: impl Into<PathBuf>) -> Self {
        let path = path.into();
        self.with_servers(|servers| servers.root_certificates.push(path))
    }

    /// Sets the files of the certificate and of its key (PEM) that it shows to servers.
    pub fn with_client_certificate(
        self,
        certificate: impl Into<PathBuf>,
        key: impl Into<PathBuf>,
    ) -> Self {
        let files = (certificate.into(), key.into());
        self.with_servers(|servers| servers.client_certificate = Some(files))
    }

    /// Sets how long an attempt to connect may take, which is more than four round trips: 500 ms,
    /// unless told otherwise. A server that comes back may be missed for so long.
    pub fn with_connect_timeout(self, timeout: Duration) -> Self {
        self.with_servers(|servers| servers.connect_timeout = timeout)
    }

    fn with_auth(self, auth: Auth) -> Self {
        self.with_servers(|servers| servers.auth = auth)
    }

    fn with_servers(mut self, change: impl FnOnce(&mut Servers)) -> Self {
        if let Origin::Servers(servers) = &mut self.origin {
            change(servers);
        }
        self
    }

    async fn api(&self) -> Result<&Api, Fault> {
        self.api
            .get_or_try_init(|| async {
                let connection = match &self.origin {
                    Origin::Servers(servers) => servers.connect().await?,
                    Origin::Client(client) => Connection::from_client(client.clone()),
                };
                let stream = self.settings.stream.to_string();
                Ok(Api { connection: Arc::new(connection), stream })
            })
            .await
    }

    /// A stream that was opened, by whomever in this log.
    async fn opened(&self) -> Result<&Api, Fault> {
        if self.created().is_empty() {
            self.open_stream().await?;
        }
        self.api().await
    }

    async fn open_stream(&self) -> Result<Opened, Fault> {
        let (opened, created) = open(self.api().await?, &self.settings).await?;
        *self.created.lock().unwrap_or_else(PoisonError::into_inner) = created;
        Ok(opened)
    }

    async fn follow(&self, after: Mark) -> Result<NatsTail, Fault> {
        let api = self.opened().await?.clone();
        let prefix = self.settings.prefix().to_owned();
        NatsTail::new(api, prefix, after, &self.created(), self.settings.age).await
    }

    fn created(&self) -> String {
        self.created.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Log for NatsLog {
    fn open(&self) -> BoxFuture<'_, Result<Opened, LogError>> {
        Box::pin(async { Ok(self.open_stream().await?) })
    }

    fn append(&self, entry: NewEntry) -> BoxFuture<'_, Result<Appended, AppendError>> {
        Box::pin(async { Ok(append(self.opened().await?, self.settings.prefix(), entry).await?) })
    }

    fn read(&self, from: ReadFrom, most: usize) -> BoxFuture<'_, Result<Page, LogError>> {
        Box::pin(async move {
            Ok(read(self.opened().await?, self.settings.prefix(), from, most).await?)
        })
    }

    fn tail(&self, after: Mark) -> BoxFuture<'_, Result<Box<dyn Tail>, LogError>> {
        Box::pin(async move { Ok(Box::new(self.follow(after).await?) as _) })
    }
}

impl fmt::Debug for NatsLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = f.debug_struct("NatsLog");
        if let Origin::Servers(servers) = &self.origin {
            debug.field("servers", servers);
        }
        debug.field("settings", &self.settings).finish_non_exhaustive()
    }
}
