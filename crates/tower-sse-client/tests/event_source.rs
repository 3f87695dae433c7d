//! An event source over a service that plays a script, in paused time.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, pending};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, Uri, header};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody, combinators::BoxBody};
use tokio::time::Instant;
use tower::{Service, ServiceBuilder, ServiceExt};
use tower_sse_client::{
    Builder, Error, EventId, EventSource, EventStreamLayer, NoBody, Policy, ReadyState,
    ReconnectLayer, Update,
};

type Body = BoxBody<Bytes, io::Error>;
type Answer = Result<Response<Body>, io::Error>;

/// What a script answers, and what it was asked.
#[derive(Clone, Default)]
struct Script {
    answers: Arc<Mutex<VecDeque<Option<Answer>>>>,
    requests: Arc<Mutex<Vec<Request<Full<Bytes>>>>>,
}

impl Script {
    fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let script = Self::default();
        *script.answers.lock().expect("a test") = answers.into_iter().map(Some).collect();
        script
    }

    fn requests(&self) -> Vec<Request<Full<Bytes>>> {
        std::mem::take(&mut self.requests.lock().expect("a test"))
    }
}

impl Service<Request<Full<Bytes>>> for Script {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = Answer> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Full<Bytes>>) -> Self::Future {
        self.requests.lock().expect("a test").push(request);
        let answer = self.answers.lock().expect("a test").pop_front().flatten();
        Box::pin(async { answer.unwrap_or_else(|| Ok(status(204))) })
    }
}

fn whole(body: impl Into<Bytes>) -> Body {
    Full::new(body.into()).map_err(|never: Infallible| match never {}).boxed()
}

/// A body that says this, and then nothing.
fn held(text: &'static str) -> Body {
    let first = stream::iter([Ok(Bytes::from_static(text.as_bytes()))]);
    chunks(first.chain(stream::pending()))
}

fn chunks(chunks: impl Stream<Item = io::Result<Bytes>> + Send + Sync + 'static) -> Body {
    BodyExt::boxed(StreamBody::new(chunks.map(|chunk| chunk.map(Frame::data))))
}

fn ok(body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    response.headers_mut().insert("content-type", HeaderValue::from_static("text/event-stream"));
    response
}

fn says(text: &'static str) -> Answer {
    Ok(ok(whole(text)))
}

fn status(status: u16) -> Response<Body> {
    Response::builder().status(status).body(whole("")).expect("a response")
}

fn redirect(code: u16, location: &str) -> Answer {
    let mut response = status(code);
    response.headers_mut().insert("location", location.parse().expect("a header value"));
    Ok(response)
}

fn get() -> Builder<NoBody> {
    EventSource::get(Uri::from_static("http://a.example/events"))
}

/// What the source shows up to its end, as a browser's listeners would note it.
async fn trace(mut source: EventSource) -> Vec<String> {
    let mut trace = Vec::new();
    while let Some(update) = source.update().await {
        trace.push(match update {
            Ok(Update::Open(_)) => "open".to_owned(),
            Ok(Update::Event(event)) => event.data().expect("an event with data").to_owned(),
            Ok(Update::Comment(text)) => format!(": {text}"),
            Ok(Update::Reconnect { error, .. }) => error.to_string(),
            Ok(_) => "something new".to_owned(),
            Err(error) => format!("! {error}"),
        });
    }
    assert_eq!(source.ready_state(), ReadyState::Closed);
    assert!(source.update().await.is_none(), "the end is the end");
    trace
}

#[tokio::test(start_paused = true)]
async fn goes_on_after_the_last_event_id_until_204() {
    let script = Script::new([says("id: 1\ndata: a\n\nid: 2\n\nid: 3\n"), says("data: b\n\n")]);
    let mut source = get().connect(script.clone());
    assert_eq!(source.ready_state(), ReadyState::Connecting);
    assert!(script.requests().is_empty(), "it connects when it is polled");

    let start = Instant::now();
    let event = source.next().await.expect("an event").expect("no error");
    assert_eq!((event.data(), source.last_event_id()), (Some("a"), "1"));
    assert_eq!(source.ready_state(), ReadyState::Open);
    let event = source.next().await.expect("an event").expect("no error");
    assert_eq!((event.data(), source.last_event_id()), (Some("b"), "2"));
    let wait = start.elapsed().as_millis();
    assert!((3000..=3600).contains(&wait), "{wait}");
    assert!(source.next().await.is_none());

    let requests = script.requests();
    let ids: Vec<_> =
        requests.iter().map(|request| request.headers().get("last-event-id")).collect();
    let two = HeaderValue::from_static("2");
    assert_eq!(ids, [None, Some(&two), Some(&two)]);
    for request in requests {
        assert_eq!(request.headers()["accept"], "text/event-stream");
        assert_eq!(request.headers()["cache-control"], "no-cache");
    }
}

#[tokio::test(start_paused = true)]
async fn tells_what_happens() {
    let broken = stream::iter([Ok("data: b\n\ndata".into()), Err(io::Error::other("cut"))]);
    let script = Script::new([
        says(": hi\ndata: a\n\n"),
        Err(io::Error::other("refused")),
        Ok(status(503)),
        Ok(ok(chunks(broken))),
    ]);
    let seen = [
        "open",
        ": hi",
        "a",
        "response ended",
        "request got no response",
        "status is 503 Service Unavailable, not 200 OK",
        "open",
        "b",
        "response broke off",
    ];
    assert_eq!(trace(get().connect(script)).await, seen);
}

#[tokio::test(start_paused = true)]
async fn ends_with_what_no_wait_mends() {
    let typed = |media_type: &'static str| {
        let mut response = ok(whole("data: x\n\n"));
        response.headers_mut().insert("content-type", HeaderValue::from_static(media_type));
        Ok(response)
    };
    let mut zipped = ok(whole("\x1F\u{8b}"));
    zipped.headers_mut().insert("content-encoding", HeaderValue::from_static("compress"));
    let mut bare = ok(whole("data: x\n\n"));
    bare.headers_mut().remove("content-type");

    for (answer, error) in [
        (
            typed("text/html; charset=utf-8"),
            r#"! content type is "text/html; charset=utf-8", not "text/event-stream""#,
        ),
        (
            typed("text/event-streams"),
            r#"! content type is "text/event-streams", not "text/event-stream""#,
        ),
        (Ok(bare), "! response has no content type"),
        (Ok(zipped), r#"! response is compressed: content encoding is "compress""#),
        (Ok(status(404)), "! status is 404 Not Found, not 200 OK"),
        (Ok(status(205)), "! status is 205 Reset Content, not 200 OK"),
        (Ok(status(301)), "! redirect has no location"),
        (redirect(301, ""), "! redirect has no location"),
        (redirect(302, "ftp://b.example/"), "! location of a redirect is no http or https address"),
    ] {
        let script = Script::new([answer]);
        assert_eq!(trace(get().connect(script.clone())).await, [error]);
        assert_eq!(script.requests().len(), 1, "{error}");
    }
    for media_type in
        ["Text/Event-Stream", "text/event-stream;charset=latin1", "text/event-stream ; a=b"]
    {
        let script = Script::new([typed(media_type)]);
        assert_eq!(
            trace(get().connect(script)).await,
            ["open", "x", "response ended"],
            "{media_type}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_loop_of_redirects_has_an_end() {
    let script = Script::new((0..100).map(|_| redirect(307, "/again")));
    assert_eq!(trace(get().connect(script.clone())).await, ["! too many redirects"]);
    assert_eq!(script.requests().len(), 21);
}

#[tokio::test(start_paused = true)]
async fn begins_at_the_first_address_again_after_a_redirect() {
    let script = Script::new([redirect(301, "/moved"), says("data: a\n\n"), says("data: b\n\n")]);
    assert_eq!(trace(get().connect(script.clone())).await.len(), 6);
    let paths: Vec<_> = script.requests().iter().map(|r| r.uri().path().to_owned()).collect();
    assert_eq!(paths, ["/events", "/moved", "/events", "/events"]);
}

#[tokio::test(start_paused = true)]
async fn another_origin_sees_neither_credentials_nor_the_id() {
    let script = Script::new([
        redirect(302, "/here"),
        redirect(302, "http://b.example/"),
        says("data: a\n\n"),
    ]);
    let id = EventId::from_static("7");
    let source = get()
        .with_header(header::AUTHORIZATION, HeaderValue::from_static("Bearer secret"))
        .with_fresh_headers(|| async {
            Ok::<_, Infallible>(HeaderMap::from_iter([(
                header::COOKIE,
                HeaderValue::from_static("a=b"),
            )]))
        })
        .with_last_event_id(&id);
    trace(source.connect(script.clone())).await;

    let requests = script.requests();
    for name in ["authorization", "cookie", "last-event-id"] {
        let sees = |at: usize| requests[at].headers().contains_key(name);
        assert_eq!((sees(0), sees(1), sees(2), sees(3)), (true, true, false, true), "{name}");
    }
    assert_eq!(requests[2].uri(), "http://b.example/");
    assert_eq!(requests[2].headers()["accept"], "text/event-stream");
}

#[tokio::test(start_paused = true)]
async fn a_body_is_made_for_each_request() {
    let request = Request::post("http://a.example/chat").header("content-type", "application/json");
    let request = request.body(Full::from("{}")).expect("a request");
    let script =
        Script::new([says("data: a\n\n"), redirect(308, "/b"), redirect(303, "/c"), says("")]);
    trace(EventSource::request(request).connect(script.clone())).await;

    let mut seen = Vec::new();
    for request in script.requests() {
        let (head, body) = request.into_parts();
        let body = body.collect().await.expect("a whole body").to_bytes();
        seen.push((head.method, body, head.headers.contains_key("content-type")));
    }
    let post = (Method::POST, Bytes::from("{}"), true);
    let bare = (Method::GET, Bytes::new(), false);
    assert_eq!(seen, [post.clone(), post.clone(), post.clone(), bare, post]);
}

#[tokio::test(start_paused = true)]
async fn headers_are_made_for_each_connection() {
    let mut count = 0;
    let source = get()
        .with_header(header::AUTHORIZATION, HeaderValue::from_static("none"))
        .with_fresh_headers(move || {
            count += 1;
            let token = HeaderValue::from(count);
            async move {
                if token == "2" {
                    return Err("no token");
                }
                Ok(HeaderMap::from_iter([(header::AUTHORIZATION, token)]))
            }
        });
    let script = Script::new([says(""), says("")]);
    let seen =
        ["open", "response ended", "request headers could not be made", "open", "response ended"];
    assert_eq!(trace(source.connect(script.clone())).await, seen);
    let tokens: Vec<_> =
        script.requests().iter().map(|r| r.headers()["authorization"].clone()).collect();
    assert_eq!(tokens, ["1", "3", "4"]);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_no_header_can_carry_is_told_once() {
    let script = Script::new([says("id: a\u{1}\ndata: a\n\n")]);
    let seen = ["open", "a", "response ended", "! last event id cannot be sent"];
    assert_eq!(trace(get().connect(script.clone())).await, seen);
    assert_eq!(script.requests().len(), 1);

    let script = Script::new([says("id: \u{e9}…\ndata: a\n\n")]);
    trace(get().connect(script.clone())).await;
    assert_eq!(script.requests()[1].headers()["last-event-id"].as_bytes(), "\u{e9}…".as_bytes());
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_too_long_is_told_and_passed_over() {
    let script = Script::new([says("id: 1\ndata: 0123456789\n\nid: 2\ndata: a\n\n")]);
    let mut source = get().with_max_line(10).with_max_event(100).connect(script);
    let error = source.next().await.expect("an item").expect_err("an error");
    assert!(error.is_too_long());
    assert_eq!(source.last_event_id(), "");
    let event = source.next().await.expect("an item").expect("an event");
    assert_eq!((event.data(), source.last_event_id()), (Some("a"), "2"));
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_left_and_a_slow_one_is_not() {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let slow = stream::unfold(0, |n| async move {
        tokio::time::sleep(Duration::from_secs(110)).await;
        (n < 5).then(|| (Ok(Bytes::from_static(b":\n")), n + 1))
    });
    let script = Script::new([Ok(ok(held("data: a\n\n"))), Ok(ok(chunks(slow)))]);
    let mut source = get().connect(script);
    let start = Instant::now();
    let mut errors = Vec::new();
    while let Some(update) = source.update().await {
        if let Update::Reconnect { error, .. } = update.expect("no final error") {
            errors.push((error.to_string(), start.elapsed().as_secs()));
        }
    }
    let (silent, ended) = (&errors[0], &errors[1]);
    assert_eq!(*silent, ("nothing received for 120s".to_owned(), minutes(2).as_secs()));
    assert_eq!(ended.0, "response ended");
    assert!(ended.1 >= silent.1 + 6 * 110);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_answer_is_left() {
    let never = tower::service_fn(|_: Request<Full<Bytes>>| pending::<Answer>());
    let policy = Policy::new().with_response_timeout(Duration::from_secs(5)).with_max_failures(1);
    let start = Instant::now();
    let source = get().with_policy(policy).connect(never);
    assert_eq!(trace(source).await, ["no response within 5s", "! no response within 5s"]);
    assert!(start.elapsed() >= Duration::from_secs(13));
}

#[tokio::test(start_paused = true)]
async fn timeouts_can_be_taken_away() {
    let policy = Policy::new().with_idle_timeout(None).with_response_timeout(None);
    let mut source = get().with_policy(policy).connect(Script::new([Ok(ok(held("data: a\n\n")))]));
    source.next().await.expect("an event").map(drop).expect("no error");
    let day = Duration::from_secs(24 * 60 * 60);
    assert!(tokio::time::timeout(day, source.next()).await.is_err());
    assert_eq!(source.ready_state(), ReadyState::Open);
}

#[tokio::test(start_paused = true)]
async fn closes_and_restarts_when_told() {
    let script = Script::new([Ok(ok(held("id: 1\ndata: a\n\n"))), Ok(ok(held("data: b\n\n")))]);
    let mut source = get().connect(script.clone());
    source.next().await.expect("an event").map(drop).expect("no error");
    let start = Instant::now();
    source.restart();
    assert_eq!(source.ready_state(), ReadyState::Connecting);
    source.next().await.expect("an event").map(drop).expect("no error");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(script.requests()[1].headers()["last-event-id"], "1");

    source.close();
    assert_eq!(source.ready_state(), ReadyState::Closed);
    assert!(source.next().await.is_none());
    source.restart();
    assert!(source.next().await.is_none(), "closed is closed");
    assert_eq!(source.last_event_id(), "1");
}

#[tokio::test(start_paused = true)]
async fn dropping_a_next_loses_nothing() {
    let slow = stream::unfold(0, |n| async move {
        tokio::time::sleep(Duration::from_millis(30)).await;
        (n < 100).then(|| (Ok(Bytes::from(format!("data: {n}\n\n"))), n + 1))
    });
    let mut source = get().connect(Script::new([Ok(ok(chunks(slow)))]));
    let mut seen = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(7), source.next()).await {
            Ok(Some(event)) => seen.push(event.expect("no error").data().expect("data").to_owned()),
            Ok(None) => break,
            Err(_) => {}
        }
    }
    assert_eq!(seen, (0..100).map(|n: u32| n.to_string()).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn layers_make_streams_and_sources() {
    let script =
        Script::new([says("data: a\n\n"), Ok(status(404)), Err(io::Error::other("refused"))]);
    let mut client = ServiceBuilder::new().layer(EventStreamLayer::new()).service(script.clone());
    let request = || {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = Uri::from_static("http://a.example/");
        request.headers_mut().insert("accept", HeaderValue::from_static("text/event-stream, */*"));
        request
    };
    let response = client.ready().await.expect("ready").call(request()).await.expect("a stream");
    let events: Vec<_> = response.into_body().collect().await;
    assert_eq!(events.len(), 1);
    let refused: Error = client.call(request()).await.expect_err("no stream");
    assert_eq!(refused.status().map(|status| status.as_u16()), Some(404));
    assert!(client.call(request()).await.expect_err("no stream").is_connect());
    assert_eq!(script.requests()[0].headers()["accept"], "text/event-stream, */*");

    let script = Script::new([says("data: a\n\n"), says("data: b\n\n")]);
    let client = ServiceBuilder::new().layer(ReconnectLayer::new(Policy::new())).service(script);
    let source = client.oneshot(request()).await.expect("infallible");
    assert_eq!(trace(source).await, ["open", "a", "response ended", "open", "b", "response ended"]);
}

#[tokio::test(start_paused = true)]
async fn an_address_that_cannot_be_asked_is_told_at_once() {
    for address in ["/events", "a.example", "ftp://a.example/", "*"] {
        let script = Script::new([]);
        let source = EventSource::get(address.parse().expect("a URI")).connect(script.clone());
        let seen = trace(source).await;
        assert_eq!(seen, ["! address is no http or https address with a host"], "{address}");
        assert!(script.requests().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn redirects_are_followed_as_often_as_is_said() {
    let policy = Policy::new().with_max_redirects(0);
    let script = Script::new([redirect(302, "/there"), says("data: a\n\n")]);
    let source = get().with_policy(policy).connect(script.clone());
    assert_eq!(trace(source).await, ["! too many redirects"]);
    assert_eq!(script.requests().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_last_event_id_set_by_hand_is_only_the_first() {
    let id = HeaderName::from_static("last-event-id");
    let script =
        Script::new([says("id: 5\ndata: a\n\n"), says("id\ndata: b\n\n"), says("data: c\n\n")]);
    let source =
        get().with_header(id.clone(), HeaderValue::from_static("1")).connect(script.clone());
    assert_eq!(source.last_event_id(), "1");
    trace(source).await;
    let sent = script.requests().into_iter().map(|request| request.headers().get(&id).cloned());
    let sent: Vec<_> = sent.map(|id| id.map(|id| id.to_str().expect("ASCII").to_owned())).collect();
    assert_eq!(sent, [Some("1".into()), Some("5".into()), None, None]);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_no_server_takes_is_told() {
    let body = format!("id: {}\ndata: a\n\n", "x".repeat(8193));
    let script = Script::new([Ok(ok(whole(body)))]);
    let seen = ["open", "a", "response ended", "! last event id cannot be sent"];
    assert_eq!(trace(get().connect(script)).await, seen);
}

#[tokio::test(start_paused = true)]
async fn who_was_away_has_not_heard_a_silence() {
    let (sender, receiver) = tokio::sync::mpsc::unbounded_channel();
    let body = chunks(tokio_stream::wrappers::UnboundedReceiverStream::new(receiver));
    let send =
        |text: &'static str| sender.send(Ok(Bytes::from_static(text.as_bytes()))).expect("sent");
    let mut source = get().connect(Script::new([Ok(ok(body))]));
    send("data: a\n\n");
    assert_eq!(source.next().await.expect("an event").expect("no error").data(), Some("a"));
    tokio::time::advance(Duration::from_secs(600)).await;
    // One look finds nothing, since nobody had a chance to bring anything.
    assert!(source.next().now_or_never().is_none());
    assert_eq!(source.ready_state(), ReadyState::Open);
    send("data: b\n\n");
    assert_eq!(source.next().await.expect("an event").expect("no error").data(), Some("b"));
}

#[tokio::test]
async fn a_body_that_is_always_ready_leaves_time_for_others() {
    let endless = stream::repeat_with(|| Ok(Bytes::from_static(b":\n")));
    let source = get().connect(Script::new([Ok(ok(chunks(endless)))]));
    let mut events = std::pin::pin!(source);
    let limit = Duration::from_millis(10);
    assert!(tokio::time::timeout(limit, events.next()).await.is_err());
}

#[test]
fn an_event_source_can_go_to_another_thread() {
    fn is_send<T: Send + 'static>() {}
    is_send::<EventSource>();
    is_send::<Error>();
}
