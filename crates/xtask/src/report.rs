use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::step::{Action, Step};
use crate::{Result, workspace};

/// Takes steps, prints a line for each, and counts them.
#[derive(Debug, Default)]
pub(crate) struct Report {
    passed: usize,
    skipped: usize,
}

impl Report {
    /// Takes the steps in order, up to the first that fails.
    pub(crate) fn take(&mut self, steps: Vec<Step>) -> Result<()> {
        steps.into_iter().try_for_each(|step| self.take_one(step))
    }

    fn take_one(&mut self, mut step: Step) -> Result<()> {
        // Said before it runs, so that a reader sees what takes so long.
        print!("{:<29}", step.name);
        io::stdout().flush()?;

        let Action::Run(command) = &mut step.action else {
            self.skipped += 1;
            println!("skipped: {step}");
            return Ok(());
        };
        let log = log_of(&step.name)?;
        let started = Instant::now();
        let outcome = run(command, &log, step.needs_tests);
        let seconds = started.elapsed().as_secs_f32();
        match outcome {
            Ok(remark) => {
                self.passed += 1;
                println!("ok {seconds:>7.1} s{remark}");
                if step.shown {
                    println!("\n{}", read(&log));
                }
                Ok(())
            }
            Err(cause) if step.optional => {
                self.skipped += 1;
                println!("skipped: {cause}; alone: {step}");
                Ok(())
            }
            Err(cause) => {
                println!("FAILED after {seconds:.1} s: {cause}");
                eprintln!("\n{}", read(&log));
                Err(format!("{} failed; to run it alone:\n  {step}", step.name).into())
            }
        }
    }

    /// How many steps passed, failed and were skipped. A task ends at its first failure.
    pub(crate) fn closing_line(&self, ok: bool) -> String {
        let Self { passed, skipped } = self;
        let failed = u8::from(!ok);
        match skipped {
            0 => format!("{passed} passed, {failed} failed"),
            _ => format!("{passed} passed, {failed} failed, {skipped} skipped"),
        }
    }
}

/// Runs `command` with its output going to `log`; returns what is worth saying about it.
fn run(command: &mut Command, log: &Path, needs_tests: bool) -> Result<String> {
    let file = File::create(log)?;
    let status = command
        .current_dir(workspace::root())
        .stdin(Stdio::null())
        .stderr(file.try_clone()?)
        .stdout(file)
        .status()?;
    if !status.success() {
        return Err(status.to_string().into());
    }
    match passed_tests(&read(log)) {
        0 if needs_tests => Err("no test was run".into()),
        0 => Ok(String::new()),
        n => Ok(format!("  {n} tests")),
    }
}

fn log_of(step: &str) -> io::Result<PathBuf> {
    let logs = workspace::root().join("target/xtask");
    fs::create_dir_all(&logs)?;
    let name = step.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    Ok(logs.join(format!("{name}.log")))
}

fn read(log: &Path) -> String {
    fs::read(log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// Adds up the closing lines of the test binaries in `output`.
fn passed_tests(output: &str) -> usize {
    output
        .lines()
        .filter_map(|line| line.trim().strip_prefix("test result: ok. ")?.split_once(" passed"))
        .filter_map(|(count, _)| count.parse::<usize>().ok())
        .sum()
}

#[cfg(test)]
mod tests;
