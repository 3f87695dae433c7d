//! What people see: under `script`, which gives it a terminal.
#![cfg(target_os = "linux")]

use std::io::ErrorKind;
use std::process::Command as Probe;

use tokio::process::Command;

use crate::run::{Run, TAIL, end, spawn};
use crate::server::{Server, cut, event, open};

/// Runs it with a terminal at all its ends, after these variables. None if there is no `script`.
async fn watch(vars: &str, args: &str) -> Option<Run> {
    let found = Probe::new("script").arg("--version").output();
    if found.is_err_and(|error| error.kind() == ErrorKind::NotFound) {
        eprintln!("skipped: `script` of util-linux is not here");
        return None;
    }
    let line = format!("{vars} '{TAIL}' {args}");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]);
    Some(end(spawn(&mut script)).await)
}

#[tokio::test]
async fn people_get_colours_and_no_trace_of_the_status_line() {
    let server = Server::start([open([event("tick", 1, "one")])]).await;
    let Some(run) = watch("", &format!("--once {}", server.url)).await else { return };
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.ends_with("\x1b[1;36mtick\x1b[0m \x1b[2m#1\x1b[0m  one\r\n"), "{run:?}");
}

#[tokio::test]
async fn no_color_is_heard() {
    let server = Server::start([open([event("tick", 1, "one")])]).await;
    let Some(run) = watch("NO_COLOR=1", &format!("--once {}", server.url)).await else {
        return;
    };
    assert!(run.stdout.ends_with("tick #1  one\r\n"), "{run:?}");
}

#[tokio::test]
async fn the_status_line_tells_of_the_wait_and_goes() {
    let server = Server::start([cut(": nothing\n\n")]).await;
    let Some(run) = watch("", &format!("--delay=0.5 {}", server.url)).await else { return };
    assert_eq!(run.code, Some(0));
    assert!(run.stdout.contains("waiting 0."), "{run:?}");
    assert!(run.stdout.contains("| reconnects 1 | response broke off: "), "{run:?}");
    // The last thing is to take the line away.
    assert!(run.stdout.ends_with("\r\x1b[K"), "{run:?}");
}
