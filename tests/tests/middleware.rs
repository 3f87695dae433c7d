//! Streams that are compressed below the compression that each framework has of its own.

use std::convert::Infallible;
use std::net::{SocketAddr, TcpListener};

use conformance::client::{Exchange, Protocol, Request};
use futures_util::{Stream, StreamExt as _, stream};
use http::HeaderMap;
use tower_http::compression::CompressionLayer;
use tower_sse::{Compression, Encoding, Event, Sse};

#[path = "conformance/reader.rs"]
#[expect(dead_code, reason = "the suite reads to the end as well")]
mod reader;

use reader::Reader;

/// One event, and silence.
fn events(headers: &HeaderMap) -> Sse<impl Stream<Item = Event> + Send + use<>> {
    let events = stream::iter([Event::new("now")]).chain(stream::pending());
    Sse::new(events).with_compression(&Compression::new([Encoding::Gzip]), headers)
}

async fn ask(address: SocketAddr, path: &str) -> Exchange {
    let request = Request::get(path).with_header("accept-encoding", "gzip");
    Exchange::start(address, Protocol::H1, &request).await
}

/// The event comes at once, compressed once.
async fn check(address: SocketAddr, path: &str) {
    let mut exchange = ask(address, path).await;
    assert_eq!(exchange.head().header("content-encoding"), Some(&b"gzip"[..]));
    let read = Reader::new(Encoding::Gzip).read(&exchange.frame().await);
    assert_eq!(String::from_utf8_lossy(&read), "data: now\n\n");
}

fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("some port is free");
    listener.set_nonblocking(true).expect("a socket takes options");
    let address = listener.local_addr().expect("it is bound");
    (listener, address)
}

#[tokio::test]
async fn tower_http_leaves_it_alone() {
    use axum::routing::get;
    use tower_sse_axum::Sse;

    let route = get(async |headers: HeaderMap| Sse::from(events(&headers)));
    let as_usual =
        axum::Router::new().route("/usual", route.clone()).layer(CompressionLayer::new());
    let always = |_: http::StatusCode, _: http::Version, _: &HeaderMap, _: &http::Extensions| true;
    let forced = CompressionLayer::new().compress_when(always);
    let app = axum::Router::new().route("/forced", route).layer(forced).merge(as_usual);
    let (listener, address) = listener();
    let listener = tokio::net::TcpListener::from_std(listener).expect("it is tokio's now");
    tokio::spawn(axum::serve(listener, app).into_future());
    check(address, "/usual").await;
    check(address, "/forced").await;
}

#[tokio::test]
async fn actix_leaves_it_alone() {
    use actix_web::{App, HttpServer, middleware::Compress, web};
    use tower_sse_actix_web::{Head, Sse};

    let (listener, address) = listener();
    std::thread::spawn(move || {
        let route = || web::get().to(async |head: Head| Sse::from(events(&head.0.headers)));
        let app = move || App::new().wrap(Compress::default()).route("/", route());
        let server = HttpServer::new(app).workers(1).disable_signals();
        actix_web::rt::System::new().block_on(server.listen(listener).expect("it listens").run())
    });
    check(address, "/").await;
}

#[tokio::test]
async fn warp_compresses_again_what_its_filter_is_put_around() {
    use tower_sse_warp::Sse;
    use warp::Filter;

    let route = |path| {
        let headers = warp::path(path).and(warp::header::headers_cloned());
        headers.map(|headers: HeaderMap| Sse::from(events(&headers)))
    };
    let other = warp::path("other").map(|| "other").with(warp::compression::gzip());
    let around = route("around").with(warp::compression::gzip());
    let (listener, address) = listener();
    let listener = tokio::net::TcpListener::from_std(listener).expect("it is tokio's now");
    let app = route("beside").or(other).or(around);
    tokio::spawn(warp::serve(app).incoming(listener).run());
    check(address, "/beside").await;

    // It asks nobody, and holds the stream back; it does say what it has done.
    let exchange = ask(address, "/around").await;
    let encodings = exchange.head().headers.iter().filter(|(name, _)| name == "content-encoding");
    assert_eq!(encodings.count(), 2);
}

#[tokio::test]
async fn a_response_of_a_layer_below_is_compressed_once() {
    use tower::{Layer as _, ServiceExt as _};

    let service = tower_sse::service_fn(|parts: http::request::Parts| async move {
        Ok::<_, http::StatusCode>(events(&parts.headers))
    });
    let service = service.with_compression(Compression::new([Encoding::Gzip]));
    let service = CompressionLayer::new().layer(service);
    let mut request = http::Request::new(http_body_util::Empty::<bytes::Bytes>::new());
    request.headers_mut().insert("accept-encoding", "gzip".parse().expect("a header"));
    let response: Result<_, Infallible> = service.oneshot(request).await;
    let response = response.expect("it cannot fail");
    let encodings = response.headers().get_all("content-encoding").iter();
    assert_eq!(encodings.collect::<Vec<_>>(), ["gzip"]);
}
