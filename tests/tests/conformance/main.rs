//! The suite: every case over every host, every route and every protocol, from outside.
//!
//! `cargo test -p conformance --test conformance axum::mount::h2` runs a part of it.

mod cases;
mod castaway;
mod hosts;
mod island;
mod journal;
mod place;
mod reader;
mod scenarios;
mod server;
mod streams;
mod visit;

use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::cases::Case;
use crate::place::Place;

fn main() -> ExitCode {
    if castaway::Castaway::is_this() {
        return ExitCode::SUCCESS;
    }
    raise_nofile();
    streams::silence_wanted_panics();
    let mut arguments = Arguments::from_args();
    // Most cases wait for a timer or a socket most of the time.
    arguments.test_threads.get_or_insert(8);
    let trials = Place::all().flat_map(|place| {
        cases::all().filter(move |case| (case.applies)(&place)).map(move |case| trial(place, case))
    });
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Allows as many open files as the hard limit does: a client takes two here.
fn raise_nofile() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: maximum, maximum };
    setrlimit(Resource::Nofile, raised).expect("a soft limit may be raised to the hard one");
}

fn trial(place: Place, case: Case) -> Trial {
    let is_skipped = cases::is_skipped(&case);
    let trial = Trial::test(format!("{place}::{}", case.name), move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async { (case.run)(server::Server::start(place)).await });
        Ok(())
    });
    trial.with_ignored_flag(is_skipped)
}
