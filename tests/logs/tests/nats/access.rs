//! Who may come in, and who may do what.

use std::fs;
use std::time::Duration;

use async_nats::ConnectOptions;
use logs::{Disk, Engine, NatsServer};
use rcgen::CertifiedKey;
use tower_sse_hub::log::ReadFrom;
use tower_sse_nats::NatsLog;

use crate::kit::{
    append, assert_says, fill, log, marks, name, news, next, next_news, open, read, reopen, tail,
};

#[tokio::test]
async fn who_may_come_in_is_asked() {
    let config = |auth: &str| format!("jetstream {{}}\nauthorization {{ {auth} }}");
    let user = "user: me, password: \"right one\"";
    let server = NatsServer::with_config(&config(user)).await;
    let log = || NatsLog::new(&server.url()).expect("it is an address");
    for stranger in [log(), log().with_user("me", "wrong"), log().with_token("right one")] {
        let error = open(&stranger).await.expect_err("it is a stranger");
        assert_says(&error, true, "authorization violation");
        let error = append(&stranger, news("data")).await.expect_err("it is a stranger");
        assert!(error.is_refused(), "{error:?}");
    }
    open(&log().with_user("me", "right one")).await.expect("it is known");
    let url = server.url().replace("//", "//me:right%20one@");
    open(&NatsLog::new(&url).expect("it is an address")).await.expect("it is known");

    let server = NatsServer::with_config(&config("token: abc")).await;
    let log = || NatsLog::new(&server.url()).expect("it is an address");
    open(&log().with_token("abc")).await.expect("it is known");
    let url = server.url().replace("//", "//abc@");
    open(&NatsLog::new(&url).expect("it is an address")).await.expect("it is known");
}

#[tokio::test]
async fn a_key_opens() {
    // Of no account but this test's.
    let (key, seed) = (
        "UC4VF4YICM6HIKR4WHESUM4BQOCHYAO3YD4QXQOF7GHT2XOVRGXIJEDB",
        "SUAAXJAJGT5GSB5PE62JQ7ZMVG4XVYCUBE6IG5QXYEV7BZ53G3XAT75UVQ",
    );
    let config = format!("jetstream {{}}\nauthorization {{ users: [{{ nkey: {key} }}] }}");
    let server = NatsServer::with_config(&config).await;
    let log = || NatsLog::new(&server.url()).expect("it is an address");
    open(&log().with_nkey(seed)).await.expect("it is known");
    let error = open(&log().with_nkey("SUWRONG")).await.expect_err("it is no seed");
    assert!(error.is_fatal());
    let error = open(&log().with_credentials_file("/nowhere")).await.expect_err("it is no file");
    assert_says(&error, true, "/nowhere");
}

#[tokio::test]
async fn what_one_may_not_do_is_told() {
    let user = |name: &str, deny: &str| {
        format!("{{ user: {name}, password: x, permissions: {{ {deny} }} }}")
    };
    let users = [
        user("all", "publish: { allow: [\">\"] }"),
        user("deaf", "subscribe: { deny: [\"_INBOX.>\"] }"),
        user("blind", "publish: { deny: [\"$JS.API.STREAM.INFO.>\"] }"),
        user("mute", "publish: { deny: [\"log.>\"] }"),
    ];
    let config = format!("jetstream {{}}\nauthorization {{ users: [{}] }}", users.join(", "));
    let server = NatsServer::with_config(&config).await;
    let of = |user: &str| log(&server).with_user(user, "x");
    open(&of("all")).await.expect("all is allowed");
    assert_says(&open(&of("blind")).await.expect_err("denied"), true, "STREAM.INFO");
    assert_says(&open(&of("deaf")).await.expect_err("denied"), true, "_INBOX");
    let error = append(&of("mute"), news("data")).await.expect_err("denied");
    assert!(error.is_refused(), "{error:?}");
}

/// What the first page of the crate asks for is enough.
#[tokio::test]
async fn who_may_do_that_much_can_use_it() {
    let api = [
        "STREAM.INFO.log",
        "STREAM.CREATE.log",
        "STREAM.MSG.GET.log",
        "STREAM.PURGE.log",
        "CONSUMER.CREATE.log.*",
        "CONSUMER.MSG.NEXT.log.*",
        "CONSUMER.DELETE.log.*",
    ];
    let mut publish = api.map(|what| format!("\"$JS.API.{what}\"")).join(", ");
    publish += ", \"log.*\"";
    let permissions = format!("{{ publish: [{publish}], subscribe: [\"_INBOX.>\"] }}");
    let user = format!("{{ user: me, password: x, permissions: {permissions} }}");
    let config = format!("jetstream {{}}\nauthorization {{ users: [{user}] }}");
    let server = NatsServer::with_config(&config).await;
    let log = log(&server).with_user("me", "x").with_age(Duration::from_secs(1));
    open(&log).await.expect("log can be opened");
    let all = fill(&log, 10).await;
    let page = read(&log, ReadFrom::After(all[3])).await.expect("log can be read");
    assert_eq!(marks(&page), all[4..]);
    let mut follower = tail(&log, all[3]).await;
    assert_eq!(marks(&next_news(&mut follower).await), all[4..]);
    while open(&log).await.expect("log can be opened").oldest != Some(all[9]) {
        next(&mut follower).await.expect("tail goes on");
    }
}

#[tokio::test]
async fn a_password_that_is_changed_is_told() {
    let config = |password: &str| {
        format!("jetstream {{}}\nauthorization {{ user: me, password: {password} }}")
    };
    let mut server = NatsServer::with_config(&config("old")).await;
    let log = log(&server).with_user("me", "old");
    open(&log).await.expect("it is known");
    server.kill();
    server.set_config(&config("new"));
    server.restart().await;
    let error = loop {
        match open(&log).await {
            Err(error) if error.is_fatal() => break error,
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
            Ok(_) => panic!("the password is another"),
        }
    };
    assert_says(&error, true, "authorization violation");
    server.kill();
    server.set_config(&config("old"));
    server.restart().await;
    while open(&log).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_server_is_trusted_by_its_certificate() {
    let CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("it can be made");
    let plain = NatsServer::start(Disk::Keeps).await;
    let (cert_file, key_file) = (plain.place().join("cert.pem"), plain.place().join("key.pem"));
    fs::write(&cert_file, cert.pem()).expect("a file can be written");
    fs::write(&key_file, signing_key.serialize_pem()).expect("a file can be written");
    let tls = format!("tls {{ cert_file: {cert_file:?}, key_file: {key_file:?} }}");
    let server = NatsServer::with_config(&format!("jetstream {{}}\n{tls}")).await;
    for url in [server.url(), server.url().replace("nats:", "tls:")] {
        let log = || NatsLog::new(&url).expect("it is an address");
        open(&log().with_root_certificates(&cert_file)).await.expect("it is trusted");
        assert_says(&open(&log()).await.expect_err("a stranger"), true, "certificate");
        let nowhere = log().with_root_certificates("/nowhere");
        open(&nowhere).await.expect_err("there is no such file");
    }
    // Who wants it encrypted does not go on without.
    let log = NatsLog::new(&plain.url().replace("nats:", "tls:")).expect("it is an address");
    open(&log).await.expect_err("it speaks no TLS");
}

#[tokio::test]
async fn a_connection_of_the_application_serves_as_well() {
    let mut server = NatsServer::start(Disk::Keeps).await;
    let client = ConnectOptions::new().connection_timeout(Duration::from_millis(500));
    let client = client.connect(server.url()).await.expect("server takes connections");
    let log = NatsLog::from_client(client.clone()).with_stream(name("log"));
    let all = fill(&log, 5).await;
    server.kill();
    open(&log).await.expect_err("nobody is there");
    let error = append(&log, news("data")).await.expect_err("nobody is there");
    assert!(!error.is_refused(), "{error:?}");
    server.restart().await;
    reopen(&log).await;
    let page = read(&log, ReadFrom::Oldest).await.expect("log can be read");
    assert_eq!(marks(&page)[..5], all);
    client.drain().await.expect("it can be closed");
    tokio::time::sleep(Duration::from_millis(100)).await;
    open(&log).await.expect_err("it was closed");
}
