//! One visit of a client: from a request to wherever its connection ends.

use conformance::client::{Exchange, Next, Request};
use conformance::oracle::{self, Decoded};
use conformance::within;

use crate::server::Server;

/// A client that follows one response with the oracle, as an EventSource does from one connection
/// to the next.
pub(crate) struct Visit {
    exchange: Exchange,
    came_with: String,
    body: Vec<u8>,
    seen: Decoded,
    /// How much of the body has been decoded.
    decoded: usize,
}

impl Visit {
    /// Comes with this last event id, if it is not empty, and must be let in.
    pub(crate) async fn start(
        server: &Server,
        path: &str,
        last_event_id: impl AsRef<[u8]>,
    ) -> Self {
        let exchange = server.send(&request(path, &last_event_id)).await;
        Self::follow(exchange, last_event_id)
    }

    /// As [`start`](Visit::start); what it does not read, the server soon feels.
    pub(crate) async fn start_narrow(
        server: &Server,
        path: &str,
        last_event_id: impl AsRef<[u8]>,
    ) -> Self {
        let request = request(path, &last_event_id);
        let (address, protocol) = (server.address(), server.place.protocol);
        let exchange = Exchange::start_narrow(address, protocol, &request).await;
        Self::follow(exchange, last_event_id)
    }

    /// The status of the answer to who comes with this last event id.
    pub(crate) async fn status(
        server: &Server,
        path: &str,
        last_event_id: impl AsRef<[u8]>,
    ) -> u16 {
        server.send(&request(path, last_event_id)).await.head().status
    }

    fn follow(exchange: Exchange, last_event_id: impl AsRef<[u8]>) -> Self {
        assert_eq!(exchange.head().status, 200, "{}", exchange.head());
        let came_with = String::from_utf8_lossy(last_event_id.as_ref()).into_owned();
        let seen = Decoded { last_event_id: came_with.clone(), ..Decoded::default() };
        Self { exchange, came_with, body: Vec::new(), seen, decoded: 0 }
    }

    /// What it has seen.
    pub(crate) fn seen(&self) -> &Decoded {
        &self.seen
    }

    /// All bytes that have come.
    pub(crate) fn body(&self) -> &[u8] {
        &self.body
    }

    /// Reads on until it has seen what it waits for.
    pub(crate) async fn until(&mut self, what: &str, has: impl Fn(&Decoded) -> bool) -> &Decoded {
        // The whole has a limit: keep-alives would let each frame come in time.
        within(what, async {
            while !has(&self.seen) {
                let frame = self.exchange.frame().await;
                self.read(&frame);
            }
        })
        .await;
        &self.seen
    }

    /// Reads on until this is its last event id.
    pub(crate) async fn until_id(&mut self, id: impl AsRef<str>) -> &Decoded {
        let id = id.as_ref();
        self.until(&format!("the id {id}"), |seen| seen.last_event_id == id).await
    }

    /// Reads on until the response ends.
    pub(crate) async fn rest(mut self) -> Decoded {
        within("the end of the body", async {
            loop {
                match self.exchange.next().await {
                    Next::Frame(frame) => self.read(&frame),
                    Next::End => break,
                    Next::Broken => panic!("the body broke after {} bytes", self.body.len()),
                }
            }
        })
        .await;
        assert_eq!(self.decoded, self.body.len(), "the body ends inside an event");
        self.seen
    }

    /// What it would have seen, had the connection been cut after so many bytes.
    pub(crate) fn cut(&self, at: usize) -> Decoded {
        oracle::decode_after(&self.came_with, &self.body[..at])
    }

    /// What it would have seen after each line, wherever that makes a difference.
    pub(crate) fn cuts(&self) -> Vec<Decoded> {
        let ends = self.body.iter().enumerate().filter(|(_, byte)| matches!(byte, b'\n' | b'\r'));
        let mut cuts: Vec<_> = ends.map(|(at, _)| self.cut(at + 1)).collect();
        cuts.dedup_by_key(|cut| (cut.events.len(), cut.last_event_id.clone()));
        cuts
    }

    /// Decodes up to the last empty line, so that each block is decoded once.
    fn read(&mut self, frame: &[u8]) {
        self.body.extend_from_slice(frame);
        let undecoded = &self.body[self.decoded..];
        let Some(end) = undecoded.windows(2).rposition(|bytes| bytes == b"\n\n") else { return };
        let more = oracle::decode_after(&self.seen.last_event_id, &undecoded[..end + 2]);
        self.seen.events.extend(more.events);
        self.seen.comments.extend(more.comments);
        self.seen.last_event_id = more.last_event_id;
        self.seen.retry_ms = more.retry_ms.or(self.seen.retry_ms);
        self.decoded += end + 2;
    }
}

fn request(path: &str, last_event_id: impl AsRef<[u8]>) -> Request {
    let request = Request::get(path);
    match last_event_id.as_ref() {
        b"" => request,
        id => request.with_header("last-event-id", id),
    }
}
