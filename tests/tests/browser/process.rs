//! A program that is killed, with all that it has started.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

use conformance::within;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncBufReadExt, BufReader, Lines};
use tokio::process::ChildStdout;

/// A program that runs until this is dropped.
pub(crate) struct Process {
    child: Child,
    // Kept, so that the pipe stays open: the program could not print to nobody.
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Starts a program, waits for the line that says that it is `ready`, and returns the rest of
    /// that line as well; nothing if the program ends without it.
    ///
    /// # Panics
    /// When the program cannot be started, or is not ready in time.
    pub(crate) async fn start(command: &mut Command, ready: &str) -> Option<(Self, String)> {
        let name = command.get_program().display().to_string();
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0).spawn();
        let mut child = child.unwrap_or_else(|cause| panic!("cannot start {name}: {cause}"));
        let stdout = child.stdout.take().expect("stdout is piped");
        let stdout = ChildStdout::from_std(stdout).expect("a pipe can be waited for");
        let mut process = Self { child, lines: BufReader::new(stdout).lines() };

        let rest = within(&format!("{name} says {ready:?}"), process.line_after(ready)).await?;
        Some((process, rest))
    }

    async fn line_after(&mut self, start: &str) -> Option<String> {
        loop {
            let line = self.lines.next_line().await.expect("a program prints text")?;
            if let Some(rest) = line.strip_prefix(start) {
                return Some(rest.to_owned());
            }
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // The group, for chromedriver leaves its browser behind. Both fail only for what has ended.
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}
