//! Streams that are compressed.

use std::time::Duration;

use bytes::Bytes;
use conformance::client::{Exchange, Next, Request};
use conformance::within;
use futures_util::Stream;
use tower_sse::{Compression, Encoding, Item, KeepAlive, Sse};
use tower_sse_hub::{Event, Hub, Start};

use super::{cases, everywhere, streams};
use crate::journal::answer;
use crate::place::Route;
use crate::reader::Reader;
use crate::scenarios::{Asked, Boxed, Fallible};
use crate::server::Server;
use crate::streams::{channel, event, events, pending};

cases! {
    everywhere => [
        an_event_can_be_read_when_it_comes,
    ],
    streams => [
        encoding_follows_accept_encoding,
        what_cannot_be_read_of_accept_encoding_is_no_error,
        no_content_is_not_compressed,
        a_compressed_stream_ends_as_the_encoding_says,
        readers_of_a_topic_read_what_they_share,
        a_topic_read_from_the_middle_is_whole,
    ],
    |place| matches!(place.route, Route::Mount | Route::Layer) => [
        head_request_is_answered_as_get_is,
    ],
}

const ALL: [Encoding; 3] = [Encoding::Gzip, Encoding::Zstd, Encoding::Brotli];
const SHARED: [Encoding; 2] = [Encoding::Gzip, Encoding::Zstd];

/// A path to a stream that is compressed for who takes it.
fn compressed(
    server: &Server,
    stream: impl Fn() -> Boxed<Fallible> + Send + Sync + 'static,
) -> String {
    server.events(move |asked| offer(Sse::new(stream()), &asked))
}

fn offer<S: Stream<Item: Item>>(answer: Sse<S>, asked: &Asked) -> Sse<S> {
    answer.with_compression(&Compression::new(ALL), &asked.head.headers)
}

async fn ask(server: &Server, path: &str, accept: impl AsRef<[u8]>) -> Exchange {
    server.send(&Request::get(path).with_header("accept-encoding", accept)).await
}

#[track_caller]
fn check_encoding(exchange: &Exchange, expected: Option<&str>) {
    let head = exchange.head();
    assert_eq!(head.header("content-encoding"), expected.map(str::as_bytes), "{head}");
    assert_eq!(head.header("vary"), Some(&b"accept-encoding"[..]), "{head}");
    assert_eq!(head.header("cache-control"), Some(&b"no-store, no-transform"[..]), "{head}");
    assert_eq!(head.header("content-length"), None, "{head}");
}

/// Reads on until what has been read ends with this, and returns it all.
async fn until(exchange: &mut Exchange, reader: &mut Reader, end: &str) -> String {
    let mut seen = String::new();
    within(end, async {
        while !seen.ends_with(end) {
            let frame: Bytes = exchange.frame().await;
            seen += &String::from_utf8(reader.read(&frame)).expect("text");
        }
    })
    .await;
    seen
}

async fn an_event_can_be_read_when_it_comes(server: Server) {
    for encoding in ALL {
        let (sender, stream) = channel::<Fallible>();
        let answer = std::sync::Mutex::new(Some(Sse::new(stream)));
        let path = server.events(move |asked| {
            offer(answer.lock().expect("it is taken").take().expect("once"), &asked)
        });
        let mut exchange = ask(&server, &path, encoding.as_str()).await;
        check_encoding(&exchange, Some(encoding.as_str()));
        let mut reader = Reader::new(encoding);
        assert_eq!(reader.read(&exchange.frame().await), b":\n\n");
        for data in ["a", "b", &"long ".repeat(500), "c"] {
            sender.send(Ok(event(data))).expect("the stream lives");
            let read = reader.read(&exchange.frame().await);
            assert_eq!(String::from_utf8_lossy(&read), format!("data: {data}\n\n"));
        }
    }
}

async fn encoding_follows_accept_encoding(server: Server) {
    let path = compressed(&server, pending);
    for (accept, expected) in [
        ("gzip", Some("gzip")),
        ("gzip, deflate, br, zstd", Some("gzip")),
        ("gzip;q=0.5, zstd;q=0.6, br;q=0.1", Some("zstd")),
        ("br;q=1.0, *;q=0.5", Some("br")),
        ("gzip;q=0, *", Some("zstd")),
        ("identity;q=0, gzip", Some("gzip")),
        ("identity, gzip;q=0.5", None),
        ("deflate", None),
        ("*;q=0", None),
        ("identity;q=0", None),
    ] {
        let exchange = ask(&server, &path, accept).await;
        assert_eq!(exchange.head().status, 200, "{accept}");
        check_encoding(&exchange, expected);
    }
    check_encoding(&server.get(&path).await, None);
}

async fn what_cannot_be_read_of_accept_encoding_is_no_error(server: Server) {
    let path = compressed(&server, || events([event("a")]));
    let long = b"gzip,".repeat(800);
    for accept in [
        &b"gzip;q=2"[..],
        b"gzip;q=0.1234",
        b"gzip;q=",
        b";;;,,,===",
        b"\xFF\xFE",
        b"gzip\xFF",
        b"gzip;q=1;q=0",
        &long,
    ] {
        let mut exchange = ask(&server, &path, accept).await;
        assert_eq!(exchange.head().status, 200, "{}", accept.escape_ascii());
        check_encoding(&exchange, None);
        assert_eq!(exchange.body().await, "data: a\n\n");
    }
}

async fn no_content_is_not_compressed(server: Server) {
    let path = server.events(|asked| offer(Sse::no_content(), &asked));
    let mut exchange = ask(&server, &path, "gzip").await;
    assert_eq!(exchange.head().status, 204);
    assert_eq!(exchange.head().header("content-encoding"), None);
    assert_eq!(exchange.body().await, "");
}

async fn a_compressed_stream_ends_as_the_encoding_says(server: Server) {
    for encoding in ALL {
        for count in [0, 1, 1000] {
            let all = move || events((0..count).map(|n| event(format!("number {n}"))));
            let path = compressed(&server, all);
            let mut exchange = ask(&server, &path, encoding.as_str()).await;
            let mut reader = Reader::new(encoding);
            let read = reader.read(&exchange.body().await);
            let expected: String = (0..count).map(|n| format!("data: number {n}\n\n")).collect();
            assert_eq!(String::from_utf8_lossy(&read), expected);
            assert!(reader.is_at_end(), "{encoding:?}, {count} events");
        }
    }
}

async fn head_request_is_answered_as_get_is(server: Server) {
    let path = compressed(&server, pending);
    let request = Request::get(&path).with_header("accept-encoding", "gzip");
    let mut exchange = server.send(&request.with_method("HEAD")).await;
    check_encoding(&exchange, Some("gzip"));
    assert_eq!(exchange.body().await, "");
}

/// A topic, of which a quarter of the readers come while it goes on, and some are sent keep-alives.
async fn readers_of_a_topic_read_what_they_share(server: Server) {
    let hub = Hub::new();
    let topic = hub.clone();
    let path = server.hub(move |asked| {
        let interval = Duration::from_millis(if asked.query == "lively" { 7 } else { 10_000 });
        let events = topic.subscribe(["topic"]).expect("a name");
        offer(answer(events).with_keep_alive(KeepAlive::every(interval)), &asked)
    });
    let mut readers = Vec::new();
    for n in 0..120 {
        if n % 10 == 0 {
            for encoding in SHARED {
                for query in ["", "?lively"] {
                    let path = format!("{path}{query}");
                    let mut exchange = ask(&server, &path, encoding.as_str()).await;
                    check_encoding(&exchange, Some(encoding.as_str()));
                    let mut reader = Reader::new(encoding);
                    assert_eq!(reader.read(&exchange.frame().await), b":\n\n");
                    readers.push((exchange, reader));
                }
            }
        }
        let data = format!("{{\"number\":{n},\"text\":\"much the same again\"}}");
        let id = hub.publish_now("topic", Event::new(data.clone())).expect("it is published");
        let expected = format!("id: {id}\ndata: {data}\n\n");
        for (exchange, reader) in &mut readers {
            let seen = until(exchange, reader, &expected).await;
            assert_eq!(seen.replace(":\n\n", ""), expected);
        }
    }
    hub.finish_now("topic").expect("it is finished");
    for (exchange, reader) in &mut readers {
        loop {
            match exchange.next().await {
                Next::Frame(frame) => {
                    let read = String::from_utf8(reader.read(&frame)).expect("text");
                    assert_eq!(read.replace(":\n\n", ""), "");
                }
                Next::End => break,
                Next::Broken => panic!("the body broke"),
            }
        }
        assert!(reader.is_at_end());
    }
}

async fn a_topic_read_from_the_middle_is_whole(server: Server) {
    let hub = Hub::new();
    let topic = hub.clone();
    let path = server.hub(move |asked| {
        let events = topic.subscribe(["topic"]).expect("a name").with_start(Start::Oldest);
        let events = events.with_last_event_id(asked.last_event_id.clone());
        offer(answer(events), &asked)
    });
    let mut published = Vec::new();
    for n in 0..300 {
        let data = format!("event {n} {}", "x".repeat(n));
        let id = hub.publish_now("topic", Event::new(data.clone())).expect("it is published");
        published.push((id.to_string(), format!("id: {id}\ndata: {data}\n\n")));
    }
    hub.finish_now("topic").expect("it is finished");
    for encoding in SHARED {
        for from in [0, 1, 49, 50, 51, 123, 298] {
            let request = Request::get(&path)
                .with_header("accept-encoding", encoding.as_str())
                .with_header("last-event-id", &published[from].0);
            let mut reader = Reader::new(encoding);
            let read = reader.read(&server.send(&request).await.body().await);
            let rest: String = published[from + 1..].iter().map(|(_, wire)| &**wire).collect();
            assert_eq!(String::from_utf8_lossy(&read), rest, "{encoding:?} from {from}");
            assert!(reader.is_at_end());
        }
    }
}
