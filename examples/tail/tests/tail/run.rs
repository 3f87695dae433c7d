//! A run of the binary.

use std::process::{Output, Stdio};
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};
use tokio::time::timeout;

pub(crate) const TAIL: &str = env!("CARGO_BIN_EXE_example-tail");

/// How a run ended, and what it printed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs it with pipes at its ends.
pub(crate) async fn run(args: &[&str]) -> Run {
    run_with(args, "").await
}

/// The same with this at stdin.
pub(crate) async fn run_with(args: &[&str], stdin: &str) -> Run {
    let mut child = spawn(Command::new(TAIL).args(args));
    let mut pipe = child.stdin.take().expect("it is piped");
    pipe.write_all(stdin.as_bytes()).await.expect("a pipe holds that much");
    drop(pipe);
    end(child).await
}

pub(crate) fn spawn(command: &mut Command) -> Child {
    command
        .env_remove("NO_COLOR")
        .env("TERM", "xterm")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the program is there")
}

/// Waits for the end.
pub(crate) async fn end(child: Child) -> Run {
    let output = timeout(Duration::from_secs(20), child.wait_with_output()).await;
    let Output { status, stdout, stderr } =
        output.expect("it ends").expect("it is a child of this process");
    let text = |bytes| String::from_utf8(bytes).expect("it prints text");
    Run { code: status.code(), stdout: text(stdout), stderr: text(stderr) }
}
