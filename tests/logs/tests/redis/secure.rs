//! TLS.

use std::fs;

use logs::{Disk, Engine, Process, RedisServer, Scratch};
use redis::{Client, TlsCertificates};
use tower_sse_hub::Mark;
use tower_sse_hub::log::Log;
use tower_sse_redis::RedisLog;

use crate::kit::{after, fill, patiently, whole};

#[tokio::test]
async fn speaks_tls_to_whom_it_trusts() {
    let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]);
    let signed = signed.expect("a certificate can be made");
    let (scratch, port) = (Scratch::new(), Process::new("redis-server"));
    let file = |name: &str, text: String| {
        let path = scratch.path().join(name);
        fs::write(&path, text).expect("a file can be written");
        path.display().to_string()
    };
    let certificate = file("certificate.pem", signed.cert.pem());
    let key = file("key.pem", signed.signing_key.serialize_pem());
    let settings = [
        "--tls-port",
        &port.port().to_string(),
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-auth-clients",
        "no",
    ];
    let server = RedisServer::start_with(Disk::Forgets, &settings).await;
    let url = format!("rediss://localhost:{}/", port.port());

    let root_cert = Some(signed.cert.pem().into_bytes());
    let trust = TlsCertificates { client_tls: None, root_cert };
    let client = Client::build_with_tls(&*url, trust).expect("it is a url");
    let log = RedisLog::from_client(&client, "log");
    let all = fill(&log, &["one"]).await;
    assert_eq!(after(&log, Mark::default()).await.upto, all[0]);
    assert_eq!(after(&server.log("log"), Mark::default()).await.upto, all[0]);

    let log = RedisLog::new(&url, "log").expect("it is a url");
    let error = patiently(log.open()).await.expect_err("nobody has signed it");
    assert!(whole(&error).contains("certificate"), "{}", whole(&error));
}
