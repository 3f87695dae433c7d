//! What stands between a client and a server, and breaks off when told.

use std::io;
use std::sync::{Arc, Mutex};

use conformance::within;
use fastrand::Rng;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::tcp::{OwnedWriteHalf, ReadHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

/// Carries connections to a server, until it is dropped.
pub(crate) struct Proxy {
    port: u16,
    cut: Wanted,
    _accepting: JoinSet<()>,
}

/// A cut that is to be made. Each of its numbers goes from 0 up to 1.
struct Cut {
    /// Which of the events that have come together is cut.
    event: f64,
    /// Where in the event.
    at: f64,
    /// Whether the connection is reset. If not, it is closed.
    is_reset: bool,
    done: oneshot::Sender<()>,
}

type Wanted = Arc<Mutex<Option<Cut>>>;

impl Proxy {
    /// A proxy before the server at this port.
    pub(crate) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("some port is free");
        let port = listener.local_addr().expect("it is bound").port();
        let cut = Wanted::default();
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, server, Arc::clone(&cut)));
        Self { port, cut, _accepting: accepting }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Breaks off the connection that next carries an event, in the middle of that event.
    pub(crate) async fn cut(&self, chance: &mut Rng) {
        let (done, is_done) = oneshot::channel();
        let cut = Cut { event: chance.f64(), at: chance.f64(), is_reset: chance.bool(), done };
        *self.cut.lock().expect("nothing panics under this lock") = Some(cut);
        within("an event to cut", is_done).await.expect("a cut is made");
    }
}

async fn accept(listener: TcpListener, server: u16, cut: Wanted) {
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        connections.spawn(carry(client, server, Arc::clone(&cut)));
    }
}

/// Carries bytes both ways, until one side has no more or a cut is made.
async fn carry(client: TcpStream, server: u16, cut: Wanted) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
    let (mut from_client, mut to_client) = client.into_split();
    let (from_server, mut to_server) = server.split();
    let made = tokio::select! {
        made = carry_back(from_server, &mut to_client, &cut) => made?,
        _ = copy(&mut from_client, &mut to_server) => None,
    };
    let Some(made) = made else { return Ok(()) };
    if made.is_reset {
        to_client.as_ref().set_zero_linger()?;
    }
    drop((from_client, to_client));
    // Nobody waits for it any more if the test has ended.
    let _ = made.done.send(());
    Ok(())
}

/// Carries the response, up to the cut that it returns, or to its end.
async fn carry_back(
    mut server: ReadHalf<'_>,
    client: &mut OwnedWriteHalf,
    cut: &Mutex<Option<Cut>>,
) -> io::Result<Option<Cut>> {
    let mut bytes = [0; 4096];
    loop {
        let read = server.read(&mut bytes).await?;
        if read == 0 {
            return Ok(None);
        }
        let (place, made) = {
            let mut cut = cut.lock().expect("nothing panics under this lock");
            // If no event is to be seen here, the cut waits for the next bytes.
            let place = cut.as_ref().and_then(|cut| cut.place(&bytes[..read]));
            (place, place.and_then(|_| cut.take()))
        };
        client.write_all(&bytes[..place.unwrap_or(read)]).await?;
        if made.is_some() {
            return Ok(made);
        }
    }
}

impl Cut {
    /// Where to cut: within a field of data or after it, before the empty line that would end the
    /// event.
    fn place(&self, bytes: &[u8]) -> Option<usize> {
        let is_data = |&at: &usize| bytes[at..].starts_with(b"data:");
        let fields: Vec<usize> = (0..bytes.len()).filter(is_data).collect();
        let field = *fields.get(part_of(fields.len(), self.event))?;
        let rest = &bytes[field..];
        let end = [&b"\n\n"[..], b"\r\n\r\n"]
            .into_iter()
            .filter_map(|end| Some(find(rest, end)? + end.len()))
            .min()
            .unwrap_or(rest.len());
        // The last byte of the empty line stays away.
        Some(field + 1 + part_of(end - 1, self.at))
    }
}

/// A number below `end`, or 0.
fn part_of(end: usize, part: f64) -> usize {
    (end as f64 * part) as usize
}

fn find(bytes: &[u8], part: &[u8]) -> Option<usize> {
    bytes.windows(part.len()).position(|window| window == part)
}
