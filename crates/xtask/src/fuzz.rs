use std::fs;

use crate::step::Step;
use crate::tool::{cargo_tool, output};
use crate::workspace;

/// How long each target is fuzzed before a merge: less than a minute in all.
pub(crate) const SECONDS: u32 = 12;

/// The crate of the targets, as cargo-fuzz lays it out.
const FUZZ: &str = "crates/tower-sse-codec/fuzz";
/// The test that runs the same targets on stable Rust. The release profile is ten times as fast.
const STABLE: &str = "test --release -p tower-sse-codec --all-features --test fuzz --";

/// The steps that install cargo-fuzz if it is missing and there is a Rust that it can use.
pub(crate) fn install_steps() -> Vec<Step> {
    if has_nightly() { cargo_fuzz().1 } else { Vec::new() }
}

/// Fuzzes each target for some seconds: with libFuzzer where it can be had, and else by blind
/// mutation on stable Rust.
pub(crate) fn steps(seconds: u32) -> Vec<Step> {
    let (cargo_fuzz, missing) = cargo_fuzz();
    if missing.is_empty() && has_nightly() {
        with_libfuzzer(&cargo_fuzz, seconds)
    } else {
        on_stable(seconds)
    }
}

fn on_stable(seconds: u32) -> Vec<Step> {
    let reason = "needs nightly Rust and cargo-fuzz; the next step stands in for it";
    let line = format!("{STABLE} --nocapture --test-threads 1");
    vec![
        Step::skip("fuzz: libFuzzer", reason),
        Step::tests("fuzz: stable, seeded", &line).with_env("FUZZ_SECONDS", &seconds.to_string()),
    ]
}

fn with_libfuzzer(cargo_fuzz: &str, seconds: u32) -> Vec<Step> {
    // A fuzzer that starts from nothing spends its time on finding out what a field is.
    let corpus = workspace::root().join(FUZZ).join("corpus").display().to_string();
    let mut steps = vec![Step::tests("fuzz: seeds", STABLE).with_env("FUZZ_CORPUS", &corpus)];
    steps.extend(targets().into_iter().map(|target| {
        let run = format!("{cargo_fuzz} run --fuzz-dir {FUZZ} --target-dir target/fuzz {target}");
        Step::new(format!("fuzz: {target}"), &format!("{run} -- -max_total_time={seconds}"))
            .with_env("RUSTUP_TOOLCHAIN", "nightly")
    }));
    steps
}

/// The names of the targets: each has a file of its own.
fn targets() -> Vec<String> {
    let files = fs::read_dir(workspace::root().join(FUZZ).join("fuzz_targets"));
    let mut names: Vec<String> = files
        .into_iter()
        .flatten()
        .filter_map(|file| Some(file.ok()?.path().file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    names
}

/// libFuzzer needs what only nightly Rust has.
fn has_nightly() -> bool {
    output("cargo +nightly --version").is_some()
}

fn cargo_fuzz() -> (String, Vec<Step>) {
    cargo_tool("cargo-fuzz", "0.13.2")
}
