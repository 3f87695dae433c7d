//! Servers that cannot be used as they were told.

use std::time::Duration;

use logs::{Disk, Engine, RedisServer};
use tokio::time::Instant;
use tower_sse_hub::Mark;
use tower_sse_hub::log::{Log, LogError, ReadFrom};
use tower_sse_redis::RedisLog;

use crate::kit::{news, patiently, send, whole};

/// All that can be done must fail, and be fatal or not, and say why.
async fn check(log: &RedisLog, is_fatal: bool, why: &str) {
    let is_so = |error: &LogError| error.is_fatal() == is_fatal && whole(error).contains(why);
    let start = Mark::default();
    let error = patiently(log.open()).await.expect_err("it cannot be opened");
    assert!(is_so(&error), "open: {}", whole(&error));
    let error = patiently(log.read(ReadFrom::After(start), 10)).await;
    let error = error.expect_err("it cannot be read");
    assert!(is_so(&error), "read: {}", whole(&error));
    let error = match patiently(log.tail(start)).await {
        Ok(mut tail) => patiently(tail.next()).await.expect_err("it cannot be followed"),
        Err(error) => error,
    };
    assert!(is_so(&error), "tail: {}", whole(&error));
    let error = send(log, news("data")).await.expect_err("it takes nothing");
    assert_eq!(error.is_refused(), is_fatal, "append: {}", whole(&error));
    assert!(whole(&error).contains(why), "append: {}", whole(&error));
    assert!(!error.is_maybe_stored());
}

#[test]
fn what_is_no_url_is_an_error() {
    for url in ["", "redis", "http://localhost/", "redis://", "redis://localhost/x", "redis://:x"] {
        let error = RedisLog::new(url, "log").expect_err("it is no url");
        assert!(whole(&error).starts_with("url of redis cannot be used: "), "{}", whole(&error));
    }
}

#[tokio::test]
async fn nobody_listens() {
    let mut server = RedisServer::start(Disk::Forgets).await;
    server.kill();
    check(&server.log("log"), false, "refused").await;
}

#[tokio::test]
async fn host_has_no_address() {
    let log = RedisLog::new("redis://no.such.host.invalid/", "log").expect("it is a url");
    // Where there is no resolver at all, it takes its time to say so.
    check(&log.with_connect_timeout(Duration::from_secs(2)), false, "").await;
}

#[tokio::test]
async fn password_is_wrong() {
    let server = RedisServer::start_with(Disk::Forgets, &["--requirepass", "secret"]).await;
    let log = |user: &str| {
        let url = format!("redis://{user}127.0.0.1:{}/", server.port());
        RedisLog::new(&url, "log").expect("it is a url")
    };
    // "Authentication required", or "unauthenticated" where a command is long.
    check(&log(""), true, "uthentica").await;
    check(&log(":wrong@"), true, "authentication failed").await;
    check(&log("nobody:secret@"), true, "authentication failed").await;
    let log = log(":secret@");
    send(&log, news("data")).await.expect("this is the password");
    assert!(!format!("{log:?}").contains("secret"));
}

#[tokio::test]
async fn user_may_not() {
    let server = RedisServer::start(Disk::Forgets).await;
    server.tell("ACL SETUSER reader on >secret ~log +@connection +get").await;
    let url = |user: &str| format!("redis://{user}:secret@127.0.0.1:{}/", server.port());
    let log = RedisLog::new(&url("reader"), "log").expect("it is a url");
    check(&log, true, "NoPerm").await;
}

/// What the first page says that a user needs is enough.
#[tokio::test]
async fn user_may_what_is_needed() {
    let server = RedisServer::start(Disk::Forgets).await;
    server
        .tell(
            "ACL SETUSER app on >secret ~log ~{log}:id:* +@connection +@transaction \
             +xadd +xrange +xrevrange +xread +xinfo|stream \
             +eval +get +set +time +xtrim",
        )
        .await;
    let url = format!("redis://app:secret@127.0.0.1:{}/", server.port());
    let log = RedisLog::new(&url, "log").expect("it is a url");
    let log = log.with_age(Duration::from_secs(60));
    let mark = send(&log, crate::kit::with_id("data", "id")).await.expect("it is stored").mark;
    let opened = patiently(log.open()).await.expect("it can be opened");
    assert_eq!((opened.newest, opened.warnings), (mark, Vec::<String>::new()));
    let page = patiently(log.read(ReadFrom::Newest, 10)).await.expect("it can be read");
    assert_eq!(page.entries.len(), 1);
    let mut tail = patiently(log.tail(Mark::default())).await.expect("it can be followed");
    let page = patiently(tail.next()).await.expect("it can be followed");
    assert_eq!(page.entries.len(), 1);
}

#[tokio::test]
async fn key_is_of_another_kind() {
    let server = RedisServer::start(Disk::Forgets).await;
    server.tell("SET log value").await;
    check(&server.log("log"), true, "WRONGTYPE").await;
    let error = send(&server.log("log"), crate::kit::with_id("data", "id")).await;
    assert!(error.expect_err("it takes nothing").is_refused());
}

#[tokio::test]
async fn nobody_answers() {
    let server = RedisServer::start(Disk::Forgets).await;
    server.freeze();
    let start = Instant::now();
    check(&server.log("log"), false, "timed out").await;
    assert!(start.elapsed() < Duration::from_secs(5), "it took {:?}", start.elapsed());
    server.thaw();
}
