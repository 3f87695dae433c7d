//! The same through hyper and through a takeover.

use std::net::SocketAddr;

use fastrand::Rng;
use tokio::net::TcpListener;
use tower_sse_axum::Event;

use crate::client::Client;
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
