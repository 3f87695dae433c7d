//! What is wrong is told: a clear error, or a counted skip.

use std::time::Duration;

use async_nats::HeaderMap;
use async_nats::jetstream::stream::{Config, DiscardPolicy};
use logs::{Disk, Engine, NatsServer};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tower_sse_hub::log::{Content, ReadFrom};
use tower_sse_hub::{Event, Mark, TopicName};
use tower_sse_nats::{NatsLog, StreamName, SubjectPrefix};

use crate::kit::{append, assert_says, fill, log, marks, name, news, next, open, read, tail};

#[test]
fn an_address_that_is_none_is_told_without_its_password() {
    for url in ["", "http://a", "nats://", "a b", "nats://a,", "nats://me:secret@host:x", "ws://a"]
    {
        let error = NatsLog::new(url).expect_err(url).to_string();
        assert!(!error.contains("secret"), "{error}");
    }
    for url in ["localhost", "nats://a:4222", "tls://a", "nats://a:1, nats://b:2", "nats://[::1]"] {
        assert!(NatsLog::new(url).is_ok(), "{url}");
    }
    let log = NatsLog::new("nats://me:secret@host").expect("it is an address");
    assert!(!format!("{log:?}").contains("secret"));
}

#[test]
fn names_that_nats_does_not_take_are_refused() {
    for name in ["", "a.b", "a b", "a*", ">", "a/b", "a\\b", "a\n", "$a", &"a".repeat(256)] {
        assert!(StreamName::new(name).is_err(), "{name:?}");
    }
    for prefix in ["", ".", "a.", ".a", "a..b", "a.*", "a b", "$JS.a"] {
        assert!(SubjectPrefix::new(prefix).is_err(), "{prefix:?}");
    }
    assert!(SubjectPrefix::new("a.b").is_ok() && StreamName::new("ORDERS_1-é").is_ok());
}

#[tokio::test]
async fn a_server_that_is_not_there_may_come() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let port = listener.local_addr().expect("it is bound").port();
    drop(listener);
    let log = NatsLog::new(&format!("nats://127.0.0.1:{port}")).expect("it is an address");
    assert_says(&open(&log).await.expect_err("nobody is there"), false, "refused");
    let error = append(&log, news("data")).await.expect_err("nobody is there");
    assert!(!error.is_maybe_stored() && !error.is_refused(), "{error:?}");
}

#[tokio::test]
async fn what_is_no_nats_server_is_told() {
    for greeting in [&b""[..], b"+PONG\r\n", b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xff\r\n"] {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("nats://{}", listener.local_addr().expect("it is bound"));
        let server = tokio::spawn(async move {
            let mut connections = Vec::new();
            while let Ok((mut connection, _)) = listener.accept().await {
                let _ = connection.write_all(greeting).await;
                connections.push(connection);
            }
        });
        let log = NatsLog::new(&url).expect("it is an address");
        let error = open(&log).await.expect_err("it is no server");
        assert_says(&error, false, "cannot be reached");
        server.abort();
    }
}

#[tokio::test]
async fn a_server_without_jetstream_is_told() {
    let server = NatsServer::with_config("").await;
    let error = open(&log(&server)).await.expect_err("it keeps nothing");
    assert_says(&error, true, "no JetStream");
}

#[tokio::test]
async fn what_others_wrote_is_skipped_and_counted() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let first = fill(&log, 1).await[0];
    let mut follower = tail(&log, Mark::default()).await;
    let jetstream = server.jetstream().await;
    for (subject, headers) in [
        ("log.news", &[][..]),
        ("log.news", &[("Sse-V", "2"), ("Sse-Check", "0000002a")]),
        ("log.%", &[("Sse-V", "1")]),
        ("log.news", &[("Sse-V", "1"), ("Sse-Kind", "surprise")]),
    ] {
        let mut map = HeaderMap::new();
        headers.iter().for_each(|(name, value)| map.insert(*name, *value));
        let sent = jetstream.publish_with_headers(subject, map, "\u{ff}".into()).await;
        sent.expect("it is sent").await.expect("it is stored");
    }
    let foreign = read(&log, ReadFrom::Oldest).await.expect("log can be read");
    assert_eq!((marks(&foreign), foreign.skipped), (vec![first], 4));
    assert!(foreign.at_head);
    assert_eq!(open(&log).await.expect("log can be opened").newest, foreign.upto);

    // Who has come so far goes on there, and knows if another stands in its place.
    let last = fill(&log, 1).await[0];
    let page = read(&log, ReadFrom::After(foreign.upto)).await.expect("log can be read");
    assert_eq!((page.continuity, marks(&page)), (None, vec![last]));
    let forged = Mark { check: foreign.upto.check ^ 1, ..foreign.upto };
    let page = read(&log, ReadFrom::After(forged)).await.expect("log can be read");
    assert!(page.continuity.is_some());

    let (mut skipped, mut seen) = (0, Vec::new());
    while seen.last() != Some(&last) {
        let page = next(&mut follower).await.expect("tail goes on");
        skipped += page.skipped;
        seen.extend(marks(&page));
    }
    assert_eq!((skipped, seen), (4, vec![first, last]));
}

#[tokio::test]
async fn what_is_too_large_is_told() {
    let server = NatsServer::with_config("jetstream {}\nmax_payload: 4096").await;
    let log = log(&server);
    open(&log).await.expect("log can be opened");
    for (size, is_taken) in [(3900, true), (4096, false), (10_000, false)] {
        match append(&log, news(&"x".repeat(size))).await {
            Ok(_) => assert!(is_taken, "{size}"),
            Err(error) => assert!(!is_taken && error.is_too_large(), "{size}: {error:?}"),
        }
    }
    // Headers have a bound of their own.
    let server = NatsServer::start(Disk::Keeps).await;
    let log = self::log(&server);
    let mut entry = news("data");
    entry.message_id = Some("x".repeat(70_000).into());
    assert!(append(&log, entry).await.expect_err("it is too large").is_too_large());
    let config = Config { name: "small".into(), max_message_size: 100, ..Config::default() };
    let config = Config { subjects: vec!["small.*".into()], ..config };
    server.jetstream().await.create_stream(config).await.expect("it can be made");
    let log = NatsLog::new(&server.url()).expect("it is an address").with_stream(name("small"));
    assert!(append(&log, news(&"x".repeat(200))).await.expect_err("too large").is_too_large());
}

#[tokio::test]
async fn a_full_stream_is_told() {
    let server = NatsServer::start(Disk::Keeps).await;
    let config = Config {
        name: "log".into(),
        subjects: vec!["log.*".into()],
        max_messages: 3,
        discard: DiscardPolicy::New,
        ..Config::default()
    };
    server.jetstream().await.create_stream(config).await.expect("it can be made");
    let log = log(&server);
    fill(&log, 3).await;
    let error = append(&log, news("data")).await.expect_err("it is full");
    assert!(!error.is_maybe_stored() && !error.is_refused(), "{error:?}");
    let warnings = open(&log).await.expect("log can be opened").warnings.join("\n");
    for words in ["one replica", "discard new", "keeps 3 entries"] {
        assert!(warnings.contains(words), "{words}: {warnings}");
    }
}

#[tokio::test]
async fn a_stream_with_holes_is_no_log() {
    let server = NatsServer::start(Disk::Keeps).await;
    let jetstream = server.jetstream().await;
    let config = Config { name: "log".into(), subjects: vec!["log.*".into()], ..Config::default() };
    let config = Config { max_messages_per_subject: 1, ..config };
    jetstream.create_stream(config).await.expect("it can be made");
    let error = open(&log(&server)).await.expect_err("it has holes");
    assert_says(&error, true, "max_msgs_per_subject");

    // Its subjects belong to another.
    let other = log(&server).with_stream(name("other"));
    let other = other.with_prefix(SubjectPrefix::new("log").expect("it is plain"));
    assert_says(&open(&other).await.expect_err("they are taken"), true, "subjects overlap");
}

#[tokio::test]
async fn subjects_have_the_prefix_that_was_asked_for() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server).with_prefix(SubjectPrefix::new("team.live").expect("it is plain"));
    let mut entry = news("data");
    entry.topic = TopicName::new("a.b").expect("it is short");
    append(&log, entry).await.expect("entry is stored");
    let stream = server.jetstream().await.get_stream("log").await.expect("it was made");
    let message = stream.get_raw_message(1).await.expect("it is there");
    assert_eq!((&*message.subject, &*message.payload), ("team.live.a=2Eb", &b"data"[..]));
    let page = read(&log, ReadFrom::Oldest).await.expect("log can be read");
    assert_eq!(page.entries[0].topic.as_str(), "a.b");
}

#[tokio::test]
async fn an_event_name_too_long_for_a_header_is_told() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let mut entry = news("data");
    let name = "x".repeat(70_000).parse().expect("it has no line break");
    entry.content = Content::Event(Event::new("data").with_name(name));
    assert!(append(&log, entry).await.expect_err("it is too large").is_too_large());
    // A comment is part of the payload, and may be as long as data.
    let mut entry = news("data");
    let comment = Event::new("data").with_comment("x".repeat(200_000));
    entry.content = Content::Event(comment);
    let stored = append(&log, entry.clone()).await.expect("entry is stored");
    let page = read(&log, ReadFrom::Oldest).await.expect("log can be read");
    assert_eq!((page.entries[0].mark, &page.entries[0].content), (stored.mark, &entry.content));
    assert!(
        page.entries[0]
            .stored_at
            .is_some_and(|at| { at.elapsed().unwrap_or_default() < Duration::from_secs(60) })
    );
}
