//! Connections, plain or over TLS, and the loop that serves each.

use std::env;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use example_app::StartError;
use hyper::body::{Body, Incoming};
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tower::BoxError;

/// How connections are carried.
#[derive(Clone)]
pub(crate) struct Transport(Option<TlsAcceptor>);

impl Transport {
    /// TLS when `TLS` is `1`, with a certificate of our own that is made now and that nobody else
    /// vouches for.
    pub(crate) fn from_env() -> Result<Self, StartError> {
        let tls = env::var_os("TLS").is_some_and(|tls| tls == "1");
        Ok(Self(tls.then(acceptor).transpose().map_err(io::Error::other)?))
    }

    pub(crate) fn scheme(&self) -> &'static str {
        if self.0.is_some() { "https" } else { "http" }
    }

    /// Serves each connection in a task of its own, over HTTP/1.1 or HTTP/2 as the client wants.
    pub(crate) async fn serve<S, B>(self, listener: TcpListener, routes: S) -> !
    where
        S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
        B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
    {
        loop {
            let Ok((socket, _)) = listener.accept().await else {
                // Too many are open, or this one broke: neither is a reason to stop.
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (transport, routes) = (self.clone(), routes.clone());
            tokio::spawn(async move {
                let connection = TokioIo::new(transport.open(socket).await?);
                let server = Builder::new(TokioExecutor::new());
                server.serve_connection(connection, routes).await
            });
        }
    }

    async fn open(self, socket: TcpStream) -> io::Result<Box<dyn Connection>> {
        Ok(match self.0 {
            Some(tls) => Box::new(tls.accept(socket).await?),
            None => Box::new(socket),
        })
    }
}

trait Connection: AsyncRead + AsyncWrite + Send + Unpin {}

impl<C: AsyncRead + AsyncWrite + Send + Unpin> Connection for C {}

fn acceptor() -> Result<TlsAcceptor, BoxError> {
    let names = ["localhost", "127.0.0.1", "::1"].map(String::from);
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(names)?;
    let key = PrivateKeyDer::try_from(signing_key.serialize_der())?;

    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
