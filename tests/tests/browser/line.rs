//! A line between a browser and a server, which can be cut.

use std::io;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// Carries connections to a server, until it is dropped.
pub(crate) struct Line {
    port: u16,
    cut: watch::Sender<bool>,
    asked: Asked,
    _accepting: JoinSet<()>,
}

/// The head of a request.
#[derive(Debug)]
pub(crate) struct Head(String);

/// What the browser has sent, by connection.
type Asked = Arc<Mutex<Vec<Vec<u8>>>>;

impl Line {
    /// A line to the server at this port.
    pub(crate) async fn to(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("some port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let (cut, asked) = (watch::Sender::new(false), Asked::default());
        let mut accepting = JoinSet::new();
        accepting.spawn(accept(listener, server, cut.subscribe(), Arc::clone(&asked)));
        Self { port: address.port(), cut, asked, _accepting: accepting }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Breaks all connections, and every new one at once.
    pub(crate) fn cut(&self) {
        self.cut.send_replace(true);
    }

    /// Lets new connections through.
    pub(crate) fn mend(&self) {
        self.cut.send_replace(false);
    }

    /// The heads of all requests that begin like this, as far as they came in clear text over
    /// HTTP/1.1.
    pub(crate) fn heads(&self, start: &str) -> Vec<Head> {
        let asked = self.asked.lock().expect("nothing panics under this lock");
        let connections = asked.iter().map(|bytes| String::from_utf8_lossy(bytes));
        // The body of the request before may stand in front.
        let head = |text: &str| text.find(start).map(|at| Head(text[at..].to_owned()));
        connections
            .flat_map(|text| text.split("\r\n\r\n").filter_map(head).collect::<Vec<_>>())
            .collect()
    }
}

impl Head {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let Self(text) = self;
        text.lines()
            .filter_map(|line| line.split_once(": "))
            .find_map(|(other, value)| other.eq_ignore_ascii_case(name).then_some(value))
    }
}

async fn accept(listener: TcpListener, server: u16, cut: watch::Receiver<bool>, asked: Asked) {
    let mut connections = JoinSet::new();
    for number in 0.. {
        let Ok((browser, _)) = listener.accept().await else { return };
        asked.lock().expect("nothing panics under this lock").push(Vec::new());
        let (mut cut, asked) = (cut.clone(), Arc::clone(&asked));
        connections.spawn(async move {
            let note = |bytes: &[u8]| {
                let mut asked = asked.lock().expect("nothing panics under this lock");
                asked[number].extend_from_slice(bytes);
            };
            tokio::select! {
                biased;
                _ = cut.wait_for(|cut| *cut) => {}
                _ = carry(browser, server, note) => {}
            }
        });
    }
}

/// Carries bytes both ways, until one side has no more.
async fn carry(mut browser: TcpStream, server: u16, note: impl Fn(&[u8])) -> io::Result<()> {
    let mut server = TcpStream::connect(("127.0.0.1", server)).await?;
    let (mut from_browser, mut to_browser) = browser.split();
    let (mut from_server, mut to_server) = server.split();
    let there = async {
        let mut bytes = [0; 4096];
        loop {
            let read = from_browser.read(&mut bytes).await?;
            if read == 0 {
                return Ok(());
            }
            note(&bytes[..read]);
            to_server.write_all(&bytes[..read]).await?;
        }
    };
    tokio::select! {
        done = there => done,
        done = copy(&mut from_server, &mut to_browser) => done.map(drop),
    }
}
