use std::convert::Infallible;
use std::io::Write;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, stream};
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE};
use http::{HeaderValue, Request, Response};
use http_body::Frame;
use http_body_util::StreamBody;
use tower::{ServiceExt, service_fn};
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush};

use super::{Decompress, PIECE};
use crate::{EventSource, EventStream, EventStreamLayer};

const ENCODINGS: [&str; 3] = ["gzip", "zstd", "br"];

fn compress(encoding: &str, plain: &[u8]) -> Vec<u8> {
    match encoding {
        "gzip" => {
            let config = DeflateConfig { window_bits: 16 + 15, ..DeflateConfig::new(6) };
            let mut deflate = Deflate::new_with_config(config);
            let mut out = vec![0; plain.len() + 1024];
            deflate.compress(plain, &mut out, DeflateFlush::Finish).expect("there is room");
            out.truncate(deflate.total_out() as usize);
            out
        }
        "zstd" => zstd::bulk::compress(plain, 3).expect("there is memory"),
        _ => {
            let mut writer = brotli::CompressorWriter::new(Vec::new(), 4096, 3, 16);
            writer.write_all(plain).expect("it is written to memory");
            writer.into_inner()
        }
    }
}

fn response(
    encoding: &str,
    chunks: Vec<Bytes>,
) -> Response<StreamBody<impl stream::Stream<Item = Result<Frame<Bytes>, Infallible>> + use<>>> {
    let frames = stream::iter(chunks.into_iter().map(|chunk| Ok(Frame::data(chunk))));
    let mut response = Response::new(StreamBody::new(frames));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    headers.insert(CONTENT_ENCODING, encoding.parse().expect("a header"));
    response
}

fn events(encoding: &str, chunks: Vec<Bytes>) -> Vec<Result<String, crate::Error>> {
    let encoding = HeaderValue::from_str(encoding).expect("a header");
    let body = response("any", chunks).into_body();
    let decompress = Decompress::of(Some(&encoding)).expect("it can be read");
    let events = EventStream::new(body).decompressed(decompress);
    let all = events.map(|event| event.map(|event| event.data().unwrap_or_default().to_owned()));
    // Tokio's budget is not for who has no task.
    all.collect().now_or_never().expect("all is ready")
}

#[test]
fn a_body_is_read_however_it_is_cut() {
    let plain: String = (0..40).map(|n| format!("data: number {n}\n\n")).collect();
    for encoding in ENCODINGS {
        let packed = Bytes::from(compress(encoding, plain.as_bytes()));
        let check = |chunks: Vec<Bytes>| {
            let seen: Vec<_> = events(encoding, chunks).into_iter().map(Result::unwrap).collect();
            let expected: Vec<_> = (0..40).map(|n| format!("number {n}")).collect();
            assert_eq!(seen, expected, "{encoding}");
        };
        check(vec![packed.clone()]);
        check(packed.chunks(1).map(Bytes::copy_from_slice).collect());
        for cut in 0..packed.len() {
            check(vec![packed.slice(..cut), packed.slice(cut..)]);
        }
    }
}

#[test]
fn a_bomb_is_an_event_that_is_too_long() {
    let mut plain = b"data: ".to_vec();
    plain.resize(64 << 20, b'x');
    plain.extend_from_slice(b"\n\ndata: after\n\n");
    for encoding in ENCODINGS {
        let packed = Bytes::from(compress(encoding, &plain));
        assert!(packed.len() < 100 << 10, "{encoding}: {}", packed.len());
        let seen = events(encoding, vec![packed.clone()]);
        assert_eq!(seen.len(), 2, "{encoding}");
        assert!(seen[0].as_ref().is_err_and(crate::Error::is_too_long));
        assert_eq!(seen[1].as_ref().ok().map(String::as_str), Some("after"));

        let value = HeaderValue::from_str(encoding).expect("a header");
        let mut decompress = Decompress::of(Some(&value)).expect("it can be read");
        let mut input = packed;
        while !input.is_empty() {
            let piece = decompress.piece(&mut input).expect("it is well formed");
            assert!(piece.len() <= PIECE);
        }
    }
}

#[test]
fn a_window_that_is_too_large_is_refused() {
    let mut compressor = zstd::bulk::Compressor::new(3).expect("there is memory");
    compressor.window_log(27).expect("a window");
    compressor.include_contentsize(false).expect("a switch");
    let packed = compressor.compress(&vec![b'x'; 1 << 25]).expect("there is memory");
    // An extension of brotli has windows up to 1 GiB.
    let params =
        brotli::enc::BrotliEncoderParams { large_window: true, lgwin: 30, ..<_>::default() };
    let mut writer = brotli::CompressorWriter::with_params(Vec::new(), 4096, &params);
    writer.write_all(b"data: a\n\n").expect("it is written to memory");
    for (encoding, packed) in [("zstd", packed), ("br", writer.into_inner())] {
        let seen = events(encoding, vec![packed.into()]);
        let is_body = |last: &Result<String, _>| last.as_ref().is_err_and(crate::Error::is_body);
        assert!(seen.last().is_some_and(is_body), "{encoding}");
    }
}

#[test]
fn what_is_not_compressed_as_it_says_is_an_error() {
    for encoding in ENCODINGS {
        let seen = events(encoding, vec![Bytes::from_static(b"\xFF\xFFdata: a\n\n")]);
        assert_eq!(seen.len(), 1, "{encoding}");
        assert!(seen[0].as_ref().is_err_and(crate::Error::is_body), "{encoding}");
    }
    // Zero bytes between two members, or after all.
    let packed = [compress("gzip", b"data: a\n\n"), b"rubbish".to_vec()].concat();
    assert!(events("gzip", vec![packed.into()])[1].as_ref().is_err_and(crate::Error::is_body));
}

#[tokio::test]
async fn what_can_be_read_is_asked_for() {
    let client = service_fn(|request: Request<()>| async move {
        assert_eq!(request.headers()[ACCEPT_ENCODING], "zstd, gzip, br");
        Ok::<_, Infallible>(response("gzip", vec![compress("gzip", b"data: a\n\n").into()]))
    });
    let client = tower::ServiceBuilder::new().layer(EventStreamLayer::new()).service(client);
    let mut events = client.oneshot(Request::new(())).await.expect("it is one").into_body();
    let event = events.next().await.expect("there is one").expect("it can be read");
    assert_eq!(event.data(), Some("a"));
}

#[tokio::test(start_paused = true)]
async fn a_client_comes_back_after_what_it_cannot_read() {
    let ids = Arc::new(Mutex::new(Vec::new()));
    let (asked, count) = (Arc::clone(&ids), AtomicUsize::new(0));
    let count = Arc::new(count);
    let client = service_fn(move |request: Request<String>| {
        let id = request.headers().get("last-event-id").cloned();
        asked.lock().expect("it is pushed to").push(id);
        let n = count.fetch_add(1, SeqCst);
        let encoding = ENCODINGS[n % 3];
        let mut chunks: Vec<Bytes> =
            vec![compress(encoding, format!("id: {n}\ndata: {n}\n\n").as_bytes()).into()];
        chunks.push(Bytes::from_static(b"\xFF rubbish"));
        std::future::ready(Ok::<_, Infallible>(response(encoding, chunks)))
    });
    let mut events =
        EventSource::get("http://example.org/".parse().expect("a URI")).connect(client);
    for n in 0..6 {
        let event = events.next().await.expect("it goes on").expect("it can be read");
        assert_eq!(event.data(), Some(&*n.to_string()));
    }
    let ids: Vec<_> = ids.lock().expect("it is pushed to").iter().flatten().cloned().collect();
    assert_eq!(ids, ["0", "1", "2", "3", "4"]);
}
