//! A wire to a server, which can be cut, and torn.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A wire to a server: what connects to it is connected to the server.
pub(crate) struct Wire {
    address: SocketAddr,
    state: Arc<watch::Sender<State>>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct State {
    /// Nothing passes, and nobody is told.
    is_cut: bool,
    /// How often all connections were torn.
    torn: u32,
}

impl Wire {
    pub(crate) async fn to(server: &str) -> Self {
        let server = server.trim_start_matches("nats://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let state = Arc::new(watch::Sender::new(State::default()));
        let states = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                // Across a cut, nobody is reached.
                let mut state = states.subscribe();
                let _ = state.wait_for(|state| !state.is_cut).await;
                let Ok(far) = TcpStream::connect(&*server).await else { continue };
                let (near, far) = (near.into_split(), far.into_split());
                tokio::spawn(pass(near.0, far.1, states.subscribe()));
                tokio::spawn(pass(far.0, near.1, states.subscribe()));
            }
        });
        Self { address, state, task }
    }

    pub(crate) fn url(&self) -> String {
        format!("nats://{}", self.address)
    }

    /// Lets nothing pass, until it is mended. Nobody is told.
    pub(crate) fn cut(&self) {
        self.state.send_modify(|state| state.is_cut = true);
    }

    pub(crate) fn mend(&self) {
        self.state.send_modify(|state| state.is_cut = false);
    }

    /// Ends all connections.
    pub(crate) fn tear(&self) {
        self.state.send_modify(|state| state.torn += 1);
    }
}

async fn pass(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, mut state: watch::Receiver<State>) {
    let torn = state.borrow().torn;
    let mut buffer = vec![0; 64 << 10];
    loop {
        let count = tokio::select! {
            read = from.read(&mut buffer) => read.unwrap_or(0),
            _ = state.wait_for(|state| state.torn != torn) => 0,
        };
        let open = state.wait_for(|state| !state.is_cut || state.torn != torn).await;
        let is_torn = open.is_ok_and(|state| state.torn != torn);
        if count == 0 || is_torn || to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.task.abort();
        self.tear();
    }
}
