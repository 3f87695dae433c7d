use std::convert::Infallible;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http::header::{CONTENT_ENCODING, VARY};
use http::{HeaderMap, Request, Response};
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_sse_codec::{Encoded, Group, Membership};

use self::reader::Reader;
use super::packer::Packer;
use super::{Compression, Encoding, Settings};
use crate::frame::Sink;
use crate::item::Block;
use crate::{Event, Item, KeepAlive, Sse, SseBody, Stream};

mod model;
mod reader;
mod shared;

const ALL: [Encoding; 3] = [Encoding::Gzip, Encoding::Zstd, Encoding::Brotli];

fn accepting(encodings: &str) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert("accept-encoding", encodings.parse().expect("a header"));
    headers
}

/// The next frame of a body, and what it stands for.
async fn frame<S>(body: &mut Pin<Box<SseBody<S>>>, reader: &mut Reader) -> Option<String>
where
    S: Stream<Item: Item>,
{
    let frame: Option<Result<_, Infallible>> = body.frame().await;
    let bytes = frame?.expect("it cannot fail").into_data().expect("data");
    assert!(!bytes.is_empty());
    Some(String::from_utf8(reader.read(&bytes)).expect("text"))
}

fn compressed<S: Stream<Item: Item>>(encoding: Encoding, sse: Sse<S>) -> Pin<Box<SseBody<S>>> {
    let sse = sse.with_compression(&Compression::new(ALL), &accepting(encoding.as_str()));
    let response = sse.into_response();
    assert_eq!(response.headers()[CONTENT_ENCODING], encoding.as_str());
    assert_eq!(response.headers()[VARY], "accept-encoding");
    Box::pin(response.into_body())
}

#[test]
fn nothing_to_offer_is_as_if_it_was_not_asked() {
    let events = || Sse::new(stream::pending::<Event>());
    let nothing = events().with_compression(&Compression::new([]), &accepting("gzip"));
    assert_eq!(nothing.into_response().headers(), events().into_response().headers());
}

#[tokio::test(start_paused = true)]
async fn whatever_is_ready_can_be_read_at_once() {
    for encoding in ALL {
        let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
        let events = tokio_stream::wrappers::UnboundedReceiverStream::new(receiver);
        let sse = Sse::new(events)
            .with_retry(Duration::from_secs(1))
            .with_keep_alive(KeepAlive::every(Duration::from_secs(15)));
        let mut body = compressed(encoding, sse);
        let mut reader = Reader::new(encoding);
        assert_eq!(frame(&mut body, &mut reader).await.as_deref(), Some("retry: 1000\n\n"));
        let large = "x".repeat(100_000);
        for data in ["a", "b", &large, "c"] {
            sender.send(Event::new(data)).expect("it is read");
            let expected = format!("data: {data}\n\n");
            assert_eq!(frame(&mut body, &mut reader).await, Some(expected), "{encoding:?}");
            assert_eq!(frame(&mut body, &mut reader).await.as_deref(), Some(":\n\n"));
        }
        sender.send(Event::new("1")).expect("it is read");
        sender.send(Event::new("2")).expect("it is read");
        drop(sender);
        let last = frame(&mut body, &mut reader).await;
        assert_eq!(last.as_deref(), Some("data: 1\n\ndata: 2\n\n"));
        assert!(http_body::Body::is_end_stream(&*body));
        assert_eq!(frame(&mut body, &mut reader).await, None);
        assert!(reader.is_at_end(), "{encoding:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_ends_as_the_encoding_says() {
    for encoding in ALL {
        // At once, and after a while.
        for events in [stream::empty().boxed(), stream::once(never_for(30)).boxed()] {
            let mut body = compressed(encoding, Sse::new(events));
            let mut reader = Reader::new(encoding);
            while frame(&mut body, &mut reader).await.is_some() {}
            assert!(reader.is_at_end(), "{encoding:?}");
        }
    }
}

async fn never_for(seconds: u64) -> Event {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    Event::new("late")
}

#[tokio::test(start_paused = true)]
async fn a_compressor_that_fails_ends_the_stream() {
    for encoding in ALL {
        let events = stream::iter(["a", "b"]).map(Event::new).then(|event| async {
            tokio::time::sleep(Duration::from_secs(1)).await;
            event
        });
        let mut body = compressed(encoding, Sse::new(events.boxed()));
        let mut reader = Reader::new(encoding);
        assert!(frame(&mut body, &mut reader).await.is_some());
        assert_eq!(frame(&mut body, &mut reader).await.as_deref(), Some("data: a\n\n"));
        body.as_mut().break_packer();
        assert_eq!(frame(&mut body, &mut reader).await, None);
        assert!(http_body::Body::is_end_stream(&*body));
        assert!(!reader.is_at_end());
    }
}

#[test]
fn a_compressor_that_fails_is_not_forgotten_when_something_shared_comes() {
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        let mut packer = Packer::new(Settings { encoding, level: None, window: None });
        packer.push(Block::Event(Event::new("of no group")));
        packer.fail();
        let shared = Encoded::from(Event::new("shared"));
        packer.push(Block::Encoded(shared.with_membership(Membership::Shared(Group::new(), 0))));
        assert!(packer.finish(false).is_err(), "{encoding:?}");
    }
}

#[test]
fn what_is_encoded_already_stays_as_it_is() {
    let compression = Compression::new(ALL);
    let ask = |encoding: Option<&'static str>| {
        let inner = tower::service_fn(move |_: Request<()>| async move {
            let mut response = Response::new(Sse::new(stream::once(async { Event::new("a") })));
            response.headers_mut().insert(VARY, "origin".parse().expect("a header"));
            let encoding = encoding.map(|encoding| encoding.parse().expect("a header"));
            response.headers_mut().extend(encoding.map(|encoding| (CONTENT_ENCODING, encoding)));
            Ok::<_, Infallible>(response)
        });
        let layer = crate::SseLayer::new().with_compression(compression.clone());
        let mut request = Request::new(());
        *request.headers_mut() = accepting("gzip");
        let service = tower_layer::Layer::layer(&layer, inner);
        let response = service.oneshot(request).now_or_never().expect("it is ready");
        let response = response.expect("it cannot fail");
        let vary: Vec<_> = response.headers().get_all(VARY).iter().cloned().collect();
        assert_eq!(vary, ["origin", "accept-encoding"]);
        let encoding = response.headers()[CONTENT_ENCODING].clone();
        (encoding, body(response.into_body()))
    };
    assert_eq!(ask(Some("own")), ("own".parse().expect("a header"), "data: a\n\n".into()));
    let (encoding, bytes) = ask(None);
    assert_eq!(encoding, "gzip");
    assert_eq!(Reader::new(Encoding::Gzip).read(&bytes), b"data: a\n\n");
}

fn body<S: Stream<Item = Event>>(body: SseBody<S>) -> Bytes {
    let collected = body.collect().now_or_never().expect("it is ready");
    collected.expect("it cannot fail").to_bytes()
}

#[test]
fn an_sse_and_its_layer_compress_once() {
    let compression = Compression::new(ALL);
    let offered = compression.clone();
    let service = crate::service_fn(move |parts| {
        let sse = Sse::new(stream::once(async { Event::new("a") }));
        std::future::ready(sse.with_compression(&offered, &parts.headers))
    });
    let service = service.with_compression(compression);
    let mut request = Request::new(());
    *request.headers_mut() = accepting("gzip");
    let response = service.oneshot(request).now_or_never().expect("it is ready");
    let response = response.expect("it cannot fail");
    assert_eq!(response.headers().get_all(VARY).iter().count(), 1);
    assert_eq!(Reader::new(Encoding::Gzip).read(&body(response.into_body())), b"data: a\n\n");
}
