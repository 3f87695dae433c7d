//! What is taken over, and what is not.

use axum::Router;
use axum::body::Body;
use axum::routing::{get, post};
use tokio::net::{UnixListener, UnixStream};
use tower_sse_axum::{Event, Sse};
use tower_sse_serve::tower_sse::OpenStream;
use tower_sse_serve::{Kept, Serve, serve};

use crate::client::Client;
use crate::server::{Server, Stage};

#[tokio::test]
async fn takes_an_event_stream_over_and_nothing_else() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut page = Client::get(server.address, "/page").await;
    page.until("a page").await;
    assert_eq!(server.takeovers.total(), 0);

    let mut events = Client::get(server.address, "/events").await;
    let head = events.head().await;
    assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
    assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"), "{head}");
    assert_eq!(events.until(":\n\n\r\n").await, "3\r\n:\n\n\r\n");
    assert_eq!((server.takeovers.open(), server.takeovers.total()), (1, 1));
    for why in Kept::ALL {
        assert_eq!(server.takeovers.kept(why), 0, "{why}");
    }
    stage.publish("hello");
    let id = stage.hub.head();
    let event = format!("id: {id}\ndata: hello\n\n");
    let bytes = String::from_utf8(events.chunk().await).expect("it is text");
    assert!(bytes.contains("data: hello\n") && bytes.contains(&format!("id: {id}\n")), "{bytes}");
    assert_eq!(bytes.len(), event.len(), "{bytes}");
}

#[tokio::test]
async fn leaves_to_hyper_what_it_cannot_write() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut old = Client::connect(server.address).await;
    old.send("GET /events HTTP/1.0\r\n\r\n").await;
    old.head().await;
    old.until(":\n\n").await;
    assert_eq!(server.takeovers.kept(Kept::Version), 1);
    stage.publish("hello");
    old.until("data: hello\n").await;

    let app = Router::new().route("/sized", get(sized)).route("/echo", post(echo));
    let server = Server::start(app.route("/read", post(read))).await;
    let mut sized = Client::get(server.address, "/sized").await;
    sized.until("data: 1\n\n").await;
    assert_eq!(server.takeovers.kept(Kept::Head), 1);

    // What it answers is what it reads, of which there may be more.
    let mut echo = Client::connect(server.address).await;
    echo.send(
        "POST /echo HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: chunked\r\n\r\n2\r\n:\n\r\n",
    )
    .await;
    echo.head().await;
    assert_eq!(echo.chunk().await, b":\n");
    assert_eq!(server.takeovers.kept(Kept::Request), 1);
    echo.send("2\r\n\n\n\r\n0\r\n\r\n").await;
    assert_eq!(echo.body().await, b"\n\n");

    assert_eq!(server.takeovers.total(), 0);
    let mut read = Client::connect(server.address).await;
    read.send("POST /read HTTP/1.1\r\nhost: localhost\r\ncontent-length: 2\r\n\r\nhi").await;
    read.head().await;
    assert_eq!(read.chunk().await, b"data: hi\n\n");
    assert_eq!(server.takeovers.total(), 1);
}

async fn sized() -> axum::response::Response {
    axum::response::Response::builder()
        .header("content-type", "text/event-stream")
        .header("content-length", "9")
        .body(Body::from("data: 1\n\n"))
        .expect("it is a response")
}

async fn echo(body: Body) -> axum::response::Response {
    let response = axum::response::Response::builder()
        .header("content-type", "text/event-stream; charset=utf-8");
    response.body(body).expect("it is a response")
}

async fn read(text: String) -> Sse<impl tower_sse_axum::Stream<Item = Event>> {
    Sse::new(tokio_stream::once(Event::new(text)))
}

#[tokio::test]
async fn answers_head_without_a_stream() {
    let stage = Stage::new();
    let server = Server::start(stage.app()).await;
    let mut client = Client::connect(server.address).await;
    client.send("HEAD /events HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    client.head().await;
    client.ask("/page").await;
    client.until("a page").await;
    assert_eq!(server.takeovers.total(), 0);
    assert_eq!(stage.hub.stats().subscribers, 0);
}

#[tokio::test]
async fn speaks_http2_where_asked() {
    use axum::http::{Request, Version};
    use http_body_util::{BodyExt, Empty};
    use hyper_util::rt::{TokioExecutor, TokioIo};

    let stage = Stage::new();
    let server = Server::start_with(stage.app(), Serve::with_http2).await;
    let mut one = Client::get(server.address, "/events").await;
    one.until(":\n\n").await;

    let socket = tokio::net::TcpStream::connect(server.address).await.expect("it listens");
    let io = TokioIo::new(socket);
    let handshake = hyper::client::conn::http2::handshake(TokioExecutor::new(), io).await;
    let (mut sender, connection) = handshake.expect("it speaks HTTP/2");
    tokio::spawn(connection);
    let request = Request::get("http://localhost/events").body(Empty::<bytes::Bytes>::new());
    let response = sender.send_request(request.expect("it is one")).await.expect("it answers");
    assert_eq!(response.version(), Version::HTTP_2);
    let mut body = response.into_body();
    let frame = body.frame().await.expect("there is one").expect("it is whole");
    assert_eq!(frame.into_data().expect("it is no trailer"), ":\n\n");
    assert_eq!((server.takeovers.open(), server.takeovers.kept(Kept::Version)), (1, 1));
}

#[tokio::test]
async fn listens_in_several_places() {
    let stage = Stage::new();
    let path = std::env::temp_dir().join(format!("tower-sse-serve-{}", std::process::id()));
    let listener = UnixListener::bind(&path).expect("nobody has this name");
    let listeners = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listeners.local_addr().expect("it is bound");
    let server = serve(listeners, stage.app()).with_listener(listener);
    let takeovers = server.takeovers();
    tokio::spawn(server.into_future());

    let mut tcp = Client::get(address, "/events").await;
    tcp.until(":\n\n").await;
    let socket = UnixStream::connect(&path).await.expect("it listens");
    std::fs::remove_file(&path).expect("it is there");
    let mut unix = Client::new(socket);
    unix.ask("/events").await;
    unix.until(":\n\n").await;
    assert_eq!(takeovers.open(), 2);
    stage.publish("hello");
    tcp.until("data: hello\n").await;
    unix.until("data: hello\n").await;
    drop(unix);
    let gone = stage.streams.all().into_iter().min_by_key(OpenStream::age);
    gone.expect("there are two").ended().await;
    assert_eq!(takeovers.open(), 1);
}
