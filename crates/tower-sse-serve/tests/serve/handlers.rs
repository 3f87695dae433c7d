//! What handlers are told, and handlers that panic.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Request};
use axum::middleware::map_request;
use axum::routing::get;
use axum::{Extension, Router};
use tokio::net::TcpListener;
use tower_sse_serve::serve_each;

use crate::client::Client;
use crate::server::{Server, Stage};

#[tokio::test]
async fn one_that_panics_ends_its_own_connection_only() {
    let stage = Stage::new();
    let panics = async || -> &str { panic!("a handler may panic") };
    let server = Server::start(stage.app().route("/panics", get(panics))).await;
    let mut other = Client::get(server.address, "/events").await;
    other.until(":\n\n").await;
    for n in 0..3 {
        let mut client = Client::get(server.address, "/panics").await;
        assert_eq!(client.rest().await, (String::new(), true));
        stage.publish(n.to_string());
        other.until(&format!("data: {n}\n\n")).await;
    }
    assert_eq!((server.takeovers.total(), server.takeovers.shared()), (1, 3));
}

#[tokio::test]
async fn a_service_that_cannot_be_made_ends_its_own_connection_only() {
    let stage = Stage::new();
    let (app, mut made) = (stage.app(), 0);
    let make = move |peer: Option<SocketAddr>| {
        made += 1;
        assert!(made > 3, "the first three are not served");
        app.clone().layer(Extension(ConnectInfo(peer.expect("it came by TCP"))))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("it is bound");
    tokio::spawn(serve_each(listener, make).into_future());
    for _ in 0..3 {
        let mut client = Client::connect(address).await;
        assert_eq!(client.rest().await, (String::new(), true));
    }
    let mut client = Client::get(address, "/page").await;
    client.until("a page").await;
}

async fn who(ConnectInfo(info): ConnectInfo<SocketAddr>, peer: Extension<SocketAddr>) -> String {
    format!("{info} is {}", *peer)
}

/// As the README says.
async fn fill_connect_info(mut request: Request) -> Request {
    if let Some(&peer) = request.extensions().get::<SocketAddr>() {
        request.extensions_mut().insert(ConnectInfo(peer));
    }
    request
}

#[tokio::test]
async fn one_is_told_where_a_client_is() {
    let app = Router::new().route("/who", get(who)).layer(map_request(fill_connect_info));
    let server = Server::start(app).await;
    for _ in 0..2 {
        let mut client = Client::get(server.address, "/who").await;
        let peer = client.socket.local_addr().expect("it is connected");
        client.until(&format!("\r\n\r\n{peer} is {peer}")).await;
    }
}
