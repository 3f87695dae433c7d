//! The project's tasks. `cargo xtask test` is what CI runs; a task is a list of steps, and every
//! step is a command that can be run alone.

mod fuzz;
mod oldest_rust;
mod package;
mod prove;
mod report;
mod step;
mod test;
mod tool;
mod workspace;

use std::env;
use std::error::Error;
use std::process::ExitCode;

use crate::report::Report;
use crate::workspace::Workspace;

const USAGE: &str = "\
usage: cargo xtask TASK

  test [--clients]  everything that must hold before a merge; with --clients, curl, npm's
                    eventsource and Python's httpx-sse talk to the examples as well, and
                    our client follows axum's, actix-web-lab's, Node's and Python's servers, and
                    compressed streams are read directly and through nginx
  prove             what takes longer: many cases, long fuzzing, many clients, licences,
                    benches, --clients
  install           only what both need and this machine lacks";

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Task = fn(&Workspace, &mut Report) -> Result<()>;

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let task: Task = match args[..] {
        ["test"] => test,
        ["test", "--clients"] => test_with_clients,
        ["prove"] => prove,
        ["install"] => install,
        _ => {
            eprintln!("{USAGE}");
            return ExitCode::from(2);
        }
    };

    let mut report = Report::default();
    let outcome = Workspace::load().and_then(|workspace| task(&workspace, &mut report));
    if let Err(error) = &outcome {
        eprintln!("\n{error}");
    }
    println!("\n{}", report.closing_line(outcome.is_ok()));
    if outcome.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn test(workspace: &Workspace, report: &mut Report) -> Result<()> {
    report.take(tool::install_steps(&tool::NETWORKS)?)?;
    report.take(tool::install_steps(&tool::LOGS)?)?;
    report.take(tool::install_steps(&tool::BROWSER)?)?;
    report.take(oldest_rust::install_steps(workspace.oldest_rust()))?;
    report.take(test::steps(workspace))
}

fn test_with_clients(workspace: &Workspace, report: &mut Report) -> Result<()> {
    report.take(tool::install_steps(&tool::CLIENTS)?)?;
    test(workspace, report)?;
    report.take(test::client_steps(workspace))
}

fn prove(workspace: &Workspace, report: &mut Report) -> Result<()> {
    install(workspace, report)?;
    report.take(fuzz::install_steps())?;
    report.take(prove::steps(workspace))?;
    report.take(test::client_steps(workspace))
}

fn install(workspace: &Workspace, report: &mut Report) -> Result<()> {
    report.take(tool::install_steps(&tool::NETWORKS)?)?;
    report.take(tool::install_steps(&tool::LOGS)?)?;
    report.take(tool::install_steps(&tool::CLIENTS)?)?;
    report.take(tool::install_steps(&tool::BROWSER)?)?;
    report.take(oldest_rust::install_steps(workspace.oldest_rust()))
}
