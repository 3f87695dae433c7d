//! A port that refuses.

use tokio::net::TcpSocket;

/// A port that nobody listens on and nobody else can take, until it is dropped: whoever connects
/// to it is refused.
#[derive(Debug)]
pub struct Refusing(TcpSocket);

impl Refusing {
    /// Takes a port.
    ///
    /// # Panics
    /// When there is none.
    pub fn start() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket is free");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a port is free");
        Self(socket)
    }

    /// Where the client is to ask.
    pub fn url(&self) -> String {
        let address = self.0.local_addr().expect("a bound socket has an address");
        format!("http://{address}/events")
    }
}
