//! One event source, one server, and what comes between.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use conformance::within;
use fastrand::Rng;
use http::Uri;
use http_body_util::Empty;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tokio::sync::watch;
use tokio::time::sleep;
use tower_sse_client::{EventSource, Reqwest, Update};

use crate::log;
use crate::proxy::Proxy;
use crate::server::{Kind, Server};

/// How many events are read at least.
const EVENTS: u64 = 1000;
/// How often the stream is broken.
const BREAKS: usize = 6;

/// What the event source stands on.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Http {
    Hyper,
    Reqwest,
}

/// How the event source is connected, and so how it can be interrupted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Way {
    /// The server is killed, and nobody answers while it is down.
    Straight,
    /// In turn, the proxy breaks off within an event, and the server behind it is killed.
    Proxy,
}

/// Follows the server to the end, through all that happens to it.
pub(crate) async fn follow(kind: Kind, http: Http, way: Way, seed: u64) {
    let mut server = Server::start(kind).await;
    let proxy = Proxy::to(server.port()).await;
    let port = match way {
        Way::Straight => server.port(),
        Way::Proxy => proxy.port(),
    };
    let source = connect(http, port);

    let (streams, mut progress) = watch::channel(0);
    let interrupt = async {
        let mut chance = Rng::with_seed(seed);
        let mut goes_on = async |before: usize| {
            let stream = progress.wait_for(|streams| *streams > before);
            let stream = within("an event of the next stream", stream).await.map(drop);
            stream.expect("the reader stays to the end");
        };
        for number in 0..BREAKS {
            goes_on(number).await;
            sleep(Duration::from_millis(chance.u64(..600))).await;
            if matches!(way, Way::Proxy) && number % 2 == 0 {
                proxy.cut(&mut chance).await;
            } else {
                server.kill().await;
                sleep(Duration::from_millis(chance.u64(..200))).await;
                server.run();
            }
        }
        goes_on(BREAKS).await;
    };
    let (breaks, ()) = tokio::join!(read(source, kind, streams), interrupt);
    assert_eq!(breaks, BREAKS, "the stream broke as often as it was broken");
}

/// Reads until there were enough events and breaks; counts the streams that brought something, and
/// returns how often one broke.
async fn read(mut source: EventSource, kind: Kind, streams: watch::Sender<usize>) -> usize {
    let (mut n, mut breaks, mut is_open) = (0, 0, false);
    // What comes after the last break must be right as well.
    let mut rest = 100;
    while n < EVENTS || rest > 0 {
        let update = within(&format!("something after event {n}"), source.update()).await;
        match update.expect("the log has no end").expect("all that happens is mended by a wait") {
            Update::Open(_) => is_open = true,
            Update::Event(event) => {
                n += 1;
                log::check(&event, n, kind.is_json());
                assert_eq!(source.last_event_id(), n.to_string());
                streams.send_replace(breaks + 1);
                rest -= i32::from(breaks >= BREAKS);
            }
            Update::Reconnect { error, wait } if is_open => {
                assert!(error.is_body(), "no stream ends as if there were no more: {error}");
                let wait = wait.as_millis();
                assert!((100..=120).contains(&wait), "{wait} ms, but the server asked for 100");
                (breaks, is_open) = (breaks + 1, false);
            }
            Update::Reconnect { error, .. } => assert!(error.is_connect(), "{error}"),
            _ => {}
        }
    }
    breaks
}

fn connect(http: Http, port: u16) -> EventSource {
    let address: Uri = format!("http://127.0.0.1:{port}/events").parse().expect("an address");
    match http {
        Http::Hyper => {
            let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
            EventSource::get(address).connect(client)
        }
        Http::Reqwest => {
            // Whatever else this machine's environment says of proxies.
            let client = Reqwest::new(reqwest::Client::builder().no_proxy()).expect("a client");
            EventSource::get(address).connect(client)
        }
    }
}

impl fmt::Display for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hyper => "hyper",
            Self::Reqwest => "reqwest",
        })
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Straight => "killed",
            Self::Proxy => "cut_and_killed",
        })
    }
}
