use std::io::ErrorKind;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::named;
use crate::client::{Exchange, Protocol, Request};
use crate::scenarios::{Origin, ReadyState, Refusing, Server, What};
use crate::within;

/// For what must not happen.
const SHORT: Duration = Duration::from_millis(60);

async fn start(name: &str) -> Server {
    Server::start(&named(name)).await
}

fn address(url: &str) -> SocketAddr {
    let rest = url.strip_prefix("http://").and_then(|rest| rest.split_once('/'));
    let (address, _) = rest.expect("a URL has an authority");
    address.parse().expect("the authority is an address")
}

async fn connect(url: &str) -> TcpStream {
    within("a connection", TcpStream::connect(address(url))).await.expect("the server accepts")
}

/// Everything up to the end, and whether that was a reset.
async fn everything(server: &Server) -> (String, bool) {
    let mut stream = connect(server.url()).await;
    stream.write_all(b"GET /events HTTP/1.1\r\n\r\n").await.expect("the server reads");
    let mut bytes = Vec::new();
    let read = within("the end", stream.read_to_end(&mut bytes)).await;
    let text = String::from_utf8(bytes).expect("the scenario is text");
    (text, read.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset))
}

#[tokio::test]
async fn answers_in_order_on_one_connection_and_repeats_the_last() {
    let server = start("close-test-events").await;
    let get = Request::get("/events");
    let mut exchange = Exchange::start(address(server.url()), Protocol::H1, &get).await;
    let raw = exchange.head().raw.clone().expect("HTTP/1.1 has bytes");
    assert!(raw.starts_with(b"HTTP/1.1 200 OPEN\r\nContent-Type: text/event-stream\r\n"));
    assert_eq!(exchange.body().await, "retry: 2\ndata: opened\n\n");
    let mut exchange = exchange.again(&get).await;
    assert_eq!(exchange.body().await, "data: reconnected\n\n");
    for _ in 0..2 {
        exchange = exchange.again(&get).await;
        assert_eq!(exchange.head().status, 204);
    }
    assert_eq!(server.requests().len(), 4);
    assert!(server.requests().is_sorted_by_key(|request| request.at));
}

#[tokio::test]
async fn chooses_by_hop_and_leads_to_it() {
    let server = start("redirect-303").await;
    let get = async |path| {
        Exchange::start(address(server.url()), Protocol::H1, &Request::get(path)).await
    };
    assert_eq!(get("/events?hop=1").await.head().status, 200);
    assert_eq!(get("/events?x=1&hop=1").await.head().status, 200);
    let there = get("/events").await;
    assert_eq!(there.head().status, 303);
    let location = format!("{}?hop=1", server.url());
    assert_eq!(there.head().header("location"), Some(location.as_bytes()));
}

#[tokio::test]
async fn leads_to_another_origin_and_notes_what_came() {
    let server = start("redirect-drops-secrets-on-another-origin").await;
    let get = Request::get("/events").with_header("last-event-id", b"\xff");
    let mut exchange = Exchange::start(address(server.url()), Protocol::H1, &get).await;
    exchange.body().await;
    let exchange = exchange.again(&get).await;
    let location = exchange.head().header("location").expect("it leads on");
    let location = std::str::from_utf8(location).expect("a URL is ASCII");
    assert_ne!(address(location), address(server.url()));
    Exchange::start(address(location), Protocol::H1, &Request::get("/events?hop=1")).await;

    let requests = server.requests();
    assert_eq!(requests[1].values("last-event-id"), [b"\xff"]);
    assert_eq!(requests[1].values(":origin"), [b"self"]);
    assert_eq!((requests[2].origin, requests[2].hop()), (Origin::Other, 1));
}

#[tokio::test]
async fn reads_bodies_of_a_known_and_of_an_unknown_length() {
    let server = start("redirect-308-keeps-post").await;
    let known = "POST /events HTTP/1.1\r\ncontent-length: 3\r\n\r\nask";
    let unknown =
        "POST /events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nsk\r\n0\r\n\r\n";
    for request in [known, unknown] {
        let exchange = Exchange::literal(address(server.url()), request.as_bytes()).await;
        assert_eq!(exchange.head().status, 308);
    }
    for request in server.requests() {
        assert_eq!(request.values(":method"), [b"POST"]);
        assert_eq!(request.values(":body"), [b"ask"]);
    }
}

#[tokio::test]
async fn writes_chunks_apart_and_holds() {
    let server = start("crlf-split-packets").await;
    let get = Request::get("/events");
    let mut exchange = Exchange::start(address(server.url()), Protocol::H1, &get).await;
    let mut lens = Vec::new();
    for _ in 0..5 {
        lens.push(exchange.frame().await.len());
    }
    // The case's sixth length is one byte more than there is.
    assert_eq!(lens, [12, 13, 13, 1, 1]);
    assert!(timeout(SHORT, exchange.next()).await.is_err(), "it holds");
}

#[tokio::test]
async fn resets_after_the_body_has_been_read() {
    let (text, reset) = everything(&start("reset-in-a-block").await).await;
    assert!(text.ends_with("id: 2\ndata: lost\n\r\n") && reset, "{text:?}");
}

#[tokio::test]
async fn cuts_without_the_last_chunk() {
    let (text, reset) = everything(&start("cut-in-a-block").await).await;
    assert!(text.ends_with("id: 2\ndata: lost\n\r\n") && !reset, "{text:?}");
}

#[tokio::test]
async fn reads_the_request_and_is_silent() {
    let server = start("silence-before-the-head").await;
    assert!(timeout(SHORT, everything(&server)).await.is_err(), "it is silent");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn stops_with_its_handle() {
    let server = start("silence-before-the-head").await;
    let mut stream = connect(server.url()).await;
    drop(server);
    let read = within("the end", stream.read_u8()).await;
    assert!(read.is_err());
}

#[tokio::test]
async fn watches_to_the_last_message_or_until_time_is_over() {
    let mut scenario = named("close-test-events");
    scenario.observe = SHORT;
    let shown = [What::Open, What::Error(ReadyState::Closed)];
    let server = Server::start(&scenario).await;
    let mut client = shown.clone().into_iter();
    let seen = server.watch(async || client.next()).await;
    assert!(seen.iter().map(|seen| &seen.what).eq(&shown));
    assert!(server.elapsed() >= SHORT, "an end is waited out");

    scenario.stop_after_events = Some(1);
    scenario.observe = Duration::MAX;
    let server = Server::start(&scenario).await;
    let message = crate::oracle::decode(b"data: a\n\n").events.remove(0);
    let mut client = std::iter::repeat(What::Message(message));
    let seen = within("the stop", server.watch(async || client.next())).await;
    assert_eq!(seen.len(), 1);
}

#[tokio::test]
async fn a_refusing_port_refuses() {
    let refusing = Refusing::start();
    let refused = TcpStream::connect(address(&refusing.url())).await;
    assert!(refused.is_err_and(|error| error.kind() == ErrorKind::ConnectionRefused));
}

#[cfg(feature = "tls")]
#[tokio::test]
async fn a_self_signed_server_answers_only_who_trusts_it() {
    use std::sync::Arc;

    use tokio_rustls::TlsConnector;
    use tokio_rustls::rustls::{ClientConfig, RootCertStore};

    let server = crate::scenarios::SelfSigned::start().await;
    let url = server.url();
    let port = url.strip_prefix("https://localhost:").and_then(|rest| rest.split_once('/'));
    let port = port.expect("a URL has a port").0;
    for trusting in [false, true] {
        let mut roots = RootCertStore::empty();
        if trusting {
            roots.add(server.certificate().clone()).expect("the certificate is well formed");
        }
        let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
        let connector = TlsConnector::from(Arc::new(config));
        let stream = connect(&format!("http://127.0.0.1:{port}/")).await;
        let name = "localhost".try_into().expect("the name is valid");
        let stream = within("the handshake", connector.connect(name, stream)).await;
        assert_eq!(stream.is_ok(), trusting);
        let Ok(mut stream) = stream else { continue };
        stream.write_all(b"GET /events HTTP/1.1\r\n\r\n").await.expect("the server reads");
        let mut text = String::new();
        within("the end", stream.read_to_string(&mut text)).await.expect("the stream ends");
        assert!(text.ends_with("\r\n\r\nretry: 10\ndata: trusted\n\n"));
    }
    assert_eq!((server.connections(), server.trusted()), (2, 1));
}
