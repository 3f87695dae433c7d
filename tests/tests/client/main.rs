//! The client, judged by scenarios over real sockets, with each HTTP client that it stands on.
//!
//! `cargo test -p conformance --all-features --test client hyper::redirect` runs a part of it.

mod follow;
mod secure;

use std::process::ExitCode;

use conformance::scenarios::{self, Scenario, Server};
use libtest_mimic::{Arguments, Failed, Trial};

use crate::follow::{Http, follow};

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They wait nearly all of the time.
    arguments.test_threads.get_or_insert(64);
    let all = || scenarios::client().into_iter().chain(scenarios::more());
    let mut trials = Vec::new();
    for http in [Http::Hyper, Http::Reqwest] {
        trials.extend(all().map(|scenario| {
            trial(format!("{http}::{}", scenario.name), move || judge(http, scenario))
        }));
        trials.extend(
            secure::all().map(|(name, case)| trial(format!("{http}::{name}"), move || case(http))),
        );
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn trial<F>(name: String, case: impl FnOnce() -> F + Send + 'static) -> Trial
where
    F: Future<Output = Result<(), String>>,
{
    Trial::test(name, move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(case()).map_err(Failed::from)
    })
}

async fn judge(http: Http, scenario: Scenario) -> Result<(), String> {
    let server = Server::start(&scenario).await;
    let mut source = follow(http, &scenario.client, server.url());
    let seen = server.watch(async || source.next().await).await;
    scenario.judge(&seen, source.ready_state(), &server.requests())
}
