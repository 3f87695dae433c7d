//! The demo in headless Chromium, over every example as it was built.
//!
//! `cargo build --workspace` comes first;
//! `cargo test -p conformance --all-features --test browser axum` runs a part of it.

mod browsers;
mod cases;
mod chromium;
mod example;
mod line;
mod page;
mod place;
mod process;
mod scratch;
mod stage;

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::sync::Arc;

use futures_util::FutureExt;
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::runtime::Builder;

use crate::browsers::Browsers;
use crate::cases::Case;
use crate::place::Place;
use crate::stage::Stage;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // Each has a browser. They wait most of the time: for the next second, or to reconnect.
    arguments.test_threads.get_or_insert(4);
    // One runtime for all, since browsers go from case to case.
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = Arc::new(runtime.expect("a runtime can be had"));
    let browsers = Arc::new(Browsers::default());

    let trial = |(place, case): (Place, Case)| {
        let (runtime, browsers) = (Arc::clone(&runtime), Arc::clone(&browsers));
        Trial::test(format!("{place}::{}", case.name), move || {
            runtime.block_on(run(place, case, &browsers))
        })
    };
    let trials = Place::ALL.into_iter().flat_map(|place| {
        cases::all().filter(move |case| (case.applies)(place)).map(move |case| (place, case))
    });
    let conclusion = libtest_mimic::run(&arguments, trials.map(trial).collect());
    runtime.block_on(browsers.stop());
    conclusion.exit_code()
}

async fn run(place: Place, case: Case, browsers: &Browsers) -> Result<(), Failed> {
    let stage = Stage::new(place, browsers.take().await);
    let played = AssertUnwindSafe((case.run)(&stage)).catch_unwind().await;
    let Err(panic) = played else {
        browsers.put_back(stage.into_browser()).await;
        return Ok(());
    };
    let name = format!("{place}-{}", case.name).replace("::", "-");
    let seen = stage.browser().describe(&name).await;
    stage.into_browser().stop().await;
    Err(format!("{}{seen}", said(&*panic)).into())
}

/// What a panic said.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("a panic without words")
}
