//! The client follows real servers, ours and others', while they are killed and cut off: nothing
//! is missing, and nothing comes twice.
//!
//! `cargo build -p servers` and `bash tests/servers/install.sh` come first;
//! `cargo test -p conformance --all-features --test servers better-sse` runs a part of it. `SEED=7`
//! in the environment chooses other moments.

mod follow;
mod log;
mod proxy;
mod server;

use std::env;
use std::process::ExitCode;

use libtest_mimic::{Arguments, Trial};

use crate::follow::{Http, Way, follow};
use crate::server::Kind;

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // They wait most of the time, for the log to grow.
    arguments.test_threads.get_or_insert(64);
    let seed: u64 = env::var("SEED").map_or(1, |seed| seed.parse().expect("SEED is a number"));

    let mut trials = Vec::new();
    for kind in Kind::ALL {
        for http in [Http::Hyper, Http::Reqwest] {
            for way in [Way::Straight, Way::Proxy] {
                // No two have the same moments.
                let seed = 100 * seed + trials.len() as u64;
                trials.push(Trial::test(format!("{kind}::{http}::{way}"), move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build()?;
                    runtime.block_on(follow(kind, http, way, seed));
                    Ok(())
                }));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}
