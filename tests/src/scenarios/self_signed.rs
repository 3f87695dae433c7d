//! A server that nobody has a reason to trust.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use rcgen::CertifiedKey;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

const ANSWER: &[u8] = b"HTTP/1.1 200 \r\ncontent-type: text/event-stream\r\n\
    connection: close\r\n\r\nretry: 10\ndata: trusted\n\n";

/// A TLS server whose certificate for `localhost` nobody has signed, until it is dropped.
///
/// To a client that trusts it all the same it answers with one event, and the end of the stream.
#[derive(Debug)]
pub struct SelfSigned {
    port: u16,
    certificate: CertificateDer<'static>,
    counts: Arc<Counts>,
    _accepting: JoinSet<()>,
}

#[derive(Debug, Default)]
struct Counts {
    connections: AtomicUsize,
    trusted: AtomicUsize,
}

impl SelfSigned {
    /// Starts on a port of its own.
    ///
    /// # Panics
    /// When there is no port.
    pub async fn start() -> Self {
        let CertifiedKey { cert, signing_key } =
            rcgen::generate_simple_self_signed(["localhost".to_owned()])
                .expect("a name of letters is valid");
        let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("the key is PKCS #8");
        let certificate = cert.der().clone();
        let config = ServerConfig::builder()
            .with_no_client_auth()
            .with_single_cert(vec![certificate.clone()], key)
            .expect("the key belongs to the certificate");

        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let port = listener.local_addr().expect("a bound socket has an address").port();
        let counts = Arc::new(Counts::default());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, TlsAcceptor::from(Arc::new(config)), counts.clone()));
        Self { port, certificate, counts, _accepting: accepting }
    }

    /// Where the client is to ask.
    pub fn url(&self) -> String {
        format!("https://localhost:{}/events", self.port)
    }

    /// The certificate, for a client that is to trust it.
    pub fn certificate(&self) -> &CertificateDer<'static> {
        &self.certificate
    }

    /// How often a client has connected.
    pub fn connections(&self) -> usize {
        self.counts.connections.load(Ordering::Relaxed)
    }

    /// How often a client has trusted the certificate.
    pub fn trusted(&self) -> usize {
        self.counts.trusted.load(Ordering::Relaxed)
    }
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, counts: Arc<Counts>) {
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("the listener lives");
        counts.connections.fetch_add(1, Ordering::Relaxed);
        let (acceptor, counts) = (acceptor.clone(), counts.clone());
        connections.spawn(async move {
            // That the client hangs up in the middle is what the server is here for.
            let _ = answer(stream, acceptor, &counts).await;
        });
    }
}

async fn answer(stream: TcpStream, acceptor: TlsAcceptor, counts: &Counts) -> std::io::Result<()> {
    let mut stream = acceptor.accept(stream).await?;
    counts.trusted.fetch_add(1, Ordering::Relaxed);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        request.push(stream.read_u8().await?);
    }
    stream.write_all(ANSWER).await?;
    stream.shutdown().await
}
