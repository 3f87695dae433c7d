//! The same through hyper and through a takeover.

use std::net::SocketAddr;

use fastrand::Rng;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tower_sse::Reason;
use tower_sse_axum::Event;
use tower_sse_serve::tower_sse;

use crate::client::{Client, within};
use crate::server::{Server, Stage, TOPIC};

/// One run: what is published while many clients read, by either server, and what they have got.
async fn check(seed: u64) {
    let mut rng = Rng::with_seed(seed);
    let stage = Stage::remembering_all();
    for _ in 0..rng.usize(..50) {
        publish(&stage, &mut rng);
    }
    let last = stage.hub.head();
    for _ in 0..rng.usize(..50) {
        publish(&stage, &mut rng);
    }
    let taken = Server::start(stage.app()).await;
    let plain = plain(&stage).await;
    let last = if seed % 3 == 0 { String::new() } else { format!("last-event-id: {last}\r\n") };
    let mut clients = Vec::new();
    for address in [plain, taken.address, taken.address, taken.address, taken.address] {
        let mut client = Client::connect(address).await;
        client.send(&format!("GET /events HTTP/1.1\r\nhost: localhost\r\n{last}\r\n")).await;
        let head = without_date(&client.head().await);
        clients.push((client, head));
    }
    // All subscribe before anything else is published.
    while stage.hub.stats().subscribers < clients.len() {
        tokio::task::yield_now().await;
    }
    let mut readers: Vec<_> =
        clients.into_iter().map(|client| tokio::spawn(read(client))).collect();
    let mut leaver = Client::get(taken.address, "/events").await;
    leaver.head().await;
    for _ in 0..rng.usize(1..200) {
        publish(&stage, &mut rng);
        for _ in 0..rng.usize(..4) {
            tokio::task::yield_now().await;
        }
    }
    drop(leaver);
    for _ in 0..rng.usize(1..50) {
        publish(&stage, &mut rng);
        for _ in 0..rng.usize(..20) {
            tokio::task::yield_now().await;
        }
    }
    stage.hub.finish_now(TOPIC).expect("it is not yet");
    let expected = readers.remove(0).await.expect("nothing panics");
    assert!(expected.1.contains("data: "), "seed {seed}");
    for reader in readers {
        assert!(reader.await.expect("nothing panics") == expected, "seed {seed}");
    }
    assert_eq!(taken.takeovers.total(), 5);
    assert!(taken.takeovers.shared() > 0, "seed {seed}");
}

/// The head and what comes after it.
async fn read((mut client, head): (Client, Vec<String>)) -> (Vec<String>, String) {
    let body = client.body().await;
    // Whether nothing was ready at first depends on who was faster.
    let body = body.strip_prefix(b":\n\n").map(<[u8]>::to_vec).unwrap_or(body);
    (head, String::from_utf8(body).expect("it is text"))
}

#[tokio::test]
async fn a_client_gets_the_same_bytes_either_way() {
    for seed in 0..30 {
        check(seed).await;
    }
}

/// What comes by either server after events, if a client has sent something after its request.
async fn check_more(more: &str, is_late: bool, ends: bool) {
    let stage = Stage::new();
    let taken = Server::start(stage.app()).await;
    let ask = "GET /events HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let mut clients = Vec::new();
    for address in [plain(&stage).await, taken.address] {
        let mut client = Client::connect(address).await;
        let (first, then) =
            if is_late { (ask.to_owned(), more) } else { ([ask, more].concat(), "") };
        client.send(&first).await;
        client.until(":\n\n").await;
        client.send(then).await;
        if ends {
            client.socket.shutdown().await.expect("it is open");
        }
        clients.push(client);
    }
    for n in 0..10 {
        stage.publish(n.to_string());
        for client in &mut clients {
            client.until(&format!("data: {n}\n\n")).await;
        }
    }
    stage.hub.finish_now(TOPIC).expect("it is not yet");
    let mut rest = Vec::new();
    for mut client in clients {
        let (text, is_whole) = client.rest().await;
        assert!(text.starts_with("\r\n0\r\n\r\n"), "{text:?}");
        rest.push((without_date(&text), is_whole));
    }
    assert_eq!(rest[0], rest[1], "{more:?}, late: {is_late}, ends: {ends}");
    assert_eq!(taken.takeovers.total(), 1);
}

#[tokio::test]
async fn what_a_client_sends_after_its_request_is_answered_the_same() {
    let closes = "GET /page HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let page = "GET /page HTTP/1.1\r\nhost: localhost\r\n\r\n";
    for (more, ends) in [
        (closes, false),
        (closes, true),
        (page, true),
        (&*page.repeat(3), true),
        ("GET /pa", true),
        ("\r\n\r\n", true),
        ("\0\u{1}\u{7f}garbage\r\n\r\n", false),
        ("\0\u{1}\u{7f}garbage\r\n\r\n", true),
        ("GET /page HTTP/7.0\r\n\r\n", false),
        ("GET /page HTTP/1.1\r\nhost localhost\r\n\r\n", false),
        ("POST /page HTTP/1.1\r\ncontent-length: -1\r\n\r\n", false),
    ] {
        for is_late in [false, true] {
            check_more(more, is_late, ends).await;
        }
    }
}

#[tokio::test]
async fn a_client_that_never_stops_sending_is_served_as_any_other() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut client = Client::get(server.address, "/events").await;
    client.until(":\n\n").await;
    let (read, mut write) = client.socket.into_split();
    let floods = tokio::spawn(async move {
        let garbage = [b'x'; 64 * 1024];
        while write.write_all(&garbage).await.is_ok() {}
    });
    let mut reader = Client::new(tokio::io::join(read, tokio::io::sink()));
    for n in 0..100 {
        stage.publish(n.to_string());
        reader.until(&format!("data: {n}\n\n")).await;
    }
    let stream = stage.streams.all().remove(0);
    floods.abort();
    drop((reader, floods.await));
    // It is seen as soon as something is written to it.
    let busy = async {
        loop {
            stage.publish("again");
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        reason = within("the end", stream.ended()) => assert_eq!(reason, Reason::ClientGone),
        () = busy => unreachable!("it goes on for ever"),
    }
}

fn publish(stage: &Stage, rng: &mut Rng) {
    let len = match rng.u8(..20) {
        0 => rng.usize(30_000..200_000),
        1..4 => rng.usize(1000..20_000),
        _ => rng.usize(..100),
    };
    let text: String =
        (0..len).map(|_| rng.choice(['a', 'ü', '\n', '\r', ':', ' ']).expect("six")).collect();
    stage.hub.publish_now(TOPIC, Event::new(text)).expect("it is small enough");
}

/// The same app, as axum serves it.
async fn plain(stage: &Stage) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    let app = stage.app();
    tokio::spawn(async { axum::serve(listener, app).await });
    address
}

fn without_date(head: &str) -> Vec<String> {
    let lines = head.lines().filter(|line| !line.starts_with("date: "));
    lines.map(str::to_owned).collect()
}
