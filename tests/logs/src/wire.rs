//! A wire to a server, which can be cut, and torn.

use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A wire to a server: what connects to it is connected to the server.
#[derive(Debug)]
pub struct Wire {
    url: String,
    state: Arc<watch::Sender<State>>,
    task: JoinHandle<()>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct State {
    /// Nothing passes, and nobody is told.
    is_cut: bool,
    /// How often all connections were torn.
    torn: u32,
}

impl Wire {
    /// A wire to what is reached by this url.
    pub async fn to(server: &str) -> Self {
        let (scheme, server) = server.split_once(':').expect("a url has a scheme");
        let server = server.trim_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let url = format!("{scheme}://{address}");
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
        Self { url, state, task }
    }

    /// By what it is reached.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets nothing pass, until it is mended. Nobody is told.
    pub fn cut(&self) {
        self.state.send_modify(|state| state.is_cut = true);
    }

    /// Lets everything pass again, what was held up first.
    pub fn mend(&self) {
        self.state.send_modify(|state| state.is_cut = false);
    }

    /// Resets all connections.
    pub fn tear(&self) {
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
        if is_torn {
            // No goodbye: what is on its way is lost.
            let _ = to.as_ref().set_zero_linger();
        }
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
