//! The binary as it was built, against a server: what it prints, asks for, and ends with.

mod run;
mod server;
mod terminal;

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::net::TcpSocket;
use tokio::process::{Child, ChildStdout, Command};
use tower_sse_axum::Event;

use run::{Run, TAIL, end, run, run_with, spawn};
use server::{Server, cut, ended, endless, event, open};

const TICK: &str = r#"{"type":"tick","data":"one","id":"1","lastEventId":"1"}"#;
const NOTE: &str = r#"{"type":"message","data":"two","lastEventId":"1"}"#;

fn lines(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn two() -> [Event; 2] {
    [event("tick", 1, "one"), Event::new("two")]
}

/// It ends with this code, having printed this and nothing else.
fn done(code: i32, stdout: &[&str]) -> Run {
    Run { code: Some(code), stdout: lines(stdout), stderr: String::new() }
}

/// It runs, and has printed the first event. What it prints next comes line by line.
async fn spawn_lines(server: &Server) -> (Child, Lines<BufReader<ChildStdout>>) {
    let mut child = spawn(Command::new(TAIL).arg(&server.url));
    let mut stdout = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    assert_eq!(stdout.next_line().await.expect("it prints text").as_deref(), Some(TICK));
    (child, stdout)
}

/// It prints nothing, and ends with this code and reason.
async fn check_failure(args: &[&str], code: i32, reason: &str) {
    let run = run(args).await;
    assert_eq!((run.code, &*run.stdout), (Some(code), ""), "{args:?}");
    let stderr = run.stderr.strip_prefix("example-tail: ").unwrap_or_default();
    assert!(stderr.starts_with(reason), "{args:?}: {}", run.stderr);
}

#[tokio::test]
async fn a_pipe_gets_lines_of_json_until_the_server_has_no_more() {
    let server = Server::start([ended(two())]).await;
    assert_eq!(run(&[&server.url, "--delay", "0"]).await, done(0, &[TICK, NOTE]));
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn once_is_one_printed_event() {
    let server = Server::start([open(two())]).await;
    assert_eq!(run(&["--once", &server.url]).await, done(0, &[TICK]));

    let server = Server::start([open(two())]).await;
    assert_eq!(run(&["--once", "--types", "message", &server.url]).await, done(0, &[NOTE]));
}

#[tokio::test]
async fn types_are_those_asked_for() {
    for (types, expected) in
        [("tick", &[TICK][..]), ("message", &[NOTE]), ("x,tick,message", &[TICK, NOTE]), ("x", &[])]
    {
        let server = Server::start([ended(two())]).await;
        let run = run(&["--types", types, "--delay=0", &server.url]).await;
        assert_eq!(run, done(0, expected), "{types}");
    }
}

#[tokio::test]
async fn each_line_is_there_at_once() {
    let server = Server::start([open(two())]).await;
    let (_child, mut stdout) = spawn_lines(&server).await;
    assert_eq!(stdout.next_line().await.expect("it prints text").as_deref(), Some(NOTE));
}

#[tokio::test]
async fn who_has_enough_may_go() {
    // One more event is not enough: while another test forks, this end of the pipe is open twice.
    let server = Server::start([endless(two()[0].clone())]).await;
    let (child, stdout) = spawn_lines(&server).await;
    drop(stdout);
    assert_eq!(end(child).await, done(0, &[]));
}

#[tokio::test]
async fn from_is_the_last_event_id() {
    let server = Server::start([]).await;
    assert_eq!(run(&["--from", "7", &server.url]).await, done(0, &[]));
    assert_eq!(server.asked()[0].headers["last-event-id"], "7");
}

#[tokio::test]
async fn headers_are_sent() {
    let server = Server::start([]).await;
    let args = ["-H", "authorization: Bearer x", "--header", "Accept: text/event-stream, */*"];
    assert_eq!(run(&[&args[..], &[&server.url]].concat()).await, done(0, &[]));
    let asked = &server.asked()[0];
    assert_eq!(asked.method, "GET");
    assert_eq!(asked.headers["authorization"], "Bearer x");
    assert_eq!(asked.headers["accept"], "text/event-stream, */*");
    assert!(!asked.headers.contains_key("last-event-id"));
}

#[tokio::test]
async fn a_body_is_posted_with_each_request() {
    let file = concat!("@", env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let manifest = include_str!("../../Cargo.toml");
    for (post, stdin, expected) in [
        (r#"{"a": 1}"#, "", r#"{"a": 1}"#),
        ("@-", "from stdin", "from stdin"),
        (file, "", manifest),
    ] {
        let server = Server::start([ended([])]).await;
        let args = ["--post", post, "--delay=0", &server.url];
        assert_eq!(run_with(&args, stdin).await, done(0, &[]));
        let asked = server.asked();
        assert_eq!(asked.len(), 2);
        for asked in asked {
            assert_eq!((asked.method.as_str(), &*asked.body), ("POST", expected.as_bytes()));
            assert_eq!(asked.headers["content-type"], "application/json");
        }
    }
}

#[tokio::test]
async fn goes_on_after_the_connection_is_cut() {
    let server = Server::start([
        cut("id: 1\nevent: tick\ndata: one\n\ndata: lost"),
        ended([Event::new("two")]),
    ])
    .await;
    assert_eq!(run(&["--delay=0", &server.url]).await, done(0, &[TICK, NOTE]));
    let ids: Vec<_> =
        server.asked().iter().map(|asked| asked.headers.get("last-event-id").cloned()).collect();
    assert_eq!(
        ids,
        [None, Some("1".parse().expect("1 is plain")), Some("1".parse().expect("1 is plain"))]
    );
}

#[tokio::test]
async fn an_answer_that_is_no_stream_is_3() {
    for (answer, reason) in [
        (StatusCode::NOT_FOUND.into_response(), "status is 404 Not Found"),
        (Html("<p>hello").into_response(), "content type is \"text/html; charset=utf-8\""),
        (StatusCode::SEE_OTHER.into_response(), "redirect has no location"),
        (
            ([("content-type", "text/event-stream"), ("content-encoding", "compress")], "")
                .into_response(),
            "response is compressed",
        ),
    ] {
        let server = Server::start([answer]).await;
        check_failure(&[&server.url], 3, reason).await;
        assert_eq!(server.asked().len(), 1);
    }
}

#[tokio::test]
async fn what_may_pass_is_3_when_it_has_not_passed() {
    let unavailable = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    let server = Server::start([unavailable(), unavailable(), unavailable()]).await;
    check_failure(&["--max-failures=2", "--delay=0", &server.url], 3, "status is 503").await;
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn no_connection_is_4() {
    // Bound, but deaf: so nobody else is given this port.
    let socket = TcpSocket::new_v4().expect("there are sockets");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("some port is free");
    let url = format!("http://{}", socket.local_addr().expect("it is bound"));

    for args in [&["--no-reconnect"][..], &["--max-failures=1", "--delay=0"]] {
        let reason = "request got no response: ";
        check_failure(&[args, &[&url]].concat(), 4, reason).await;
    }
}

#[tokio::test]
async fn a_connection_that_brings_nothing_again_and_again_is_4() {
    let server = Server::start([ended([]), ended([])]).await;
    check_failure(&["--max-failures=1", "--delay=0", &server.url], 4, "response ended").await;
}

#[tokio::test]
async fn without_reconnecting_the_end_of_the_response_is_the_end() {
    let server = Server::start([ended(two())]).await;
    assert_eq!(run(&["--no-reconnect", &server.url]).await, done(0, &[TICK, NOTE]));
    assert_eq!(server.asked().len(), 1);

    let server = Server::start([cut("data: lost")]).await;
    check_failure(&["--no-reconnect", &server.url], 4, "response broke off").await;
}

#[cfg(unix)]
#[tokio::test]
async fn ctrl_c_is_130() {
    let server = Server::start([open(two())]).await;
    let (child, _stdout) = spawn_lines(&server).await;

    let id = child.id().expect("it runs").to_string();
    let kill = Command::new("kill").args(["-INT", &id]).status().await.expect("kill is there");
    assert!(kill.success());
    assert_eq!(end(child).await, done(130, &[]));
}

#[tokio::test]
async fn a_wrong_command_line_is_2() {
    check_failure(&[], 2, "URL is missing\nusage: ").await;
    check_failure(&["a", "--max-failures", "x"], 2, "cannot parse argument \"x\"").await;
}

#[tokio::test]
async fn help_names_the_codes() {
    let help = run(&["--help"]).await;
    assert_eq!((help.code, &*help.stderr), (Some(0), ""));
    for code in ["0", "1", "2", "3", "4", "130"] {
        assert!(help.stdout.contains(&format!("\n  {code:<5}")), "{code}");
    }
    let version = format!("example-tail {}", env!("CARGO_PKG_VERSION"));
    assert_eq!(run(&["--version"]).await, done(0, &[&version]));
}
