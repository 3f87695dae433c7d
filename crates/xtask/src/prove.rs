use crate::fuzz;
use crate::step::{Step, each};
use crate::test::ALL;
use crate::tool::{cargo_tool, output};
use crate::workspace::Workspace;

/// The cases of the suite that read `CONFORMANCE_CLIENTS`. Client and server are one process, which
/// may have 20,000 files on many a machine, so fewer than 10,000 clients are asked for at a time.
const CLIENTS_CASE: &str = "as_many_clients_as_asked_get_everything";
const DRAIN_CASE: &str = "as_many_streams_as_asked_are_closed_evenly_though_some_stall";
const STORM_CASE: &str = "as_many_as_may_are_let_in_and_no_more_in_a_storm";
const CHURN_CASE: &str = "as_many_as_asked_come_and_go_and_nothing_is_left";

/// What takes longer than a merge should wait.
pub(crate) fn steps(workspace: &Workspace) -> Vec<Step> {
    let published = each("-p", workspace.published());
    let benches = each("--bench", workspace.targets("bench"));
    let mut steps = vec![
        Step::tests("codec, 100,000 cases", "test --release -p tower-sse-codec --all-features")
            .with_env("PROPTEST_CASES", "100000"),
        Step::tests("hub, 10,000 seeds", "test --release -p tower-sse-hub --test model")
            .with_env("MODEL_SEEDS", "10000"),
        Step::tests(
            "hub and log, 10,000 seeds",
            "test --release -p tower-sse-hub --test model_log",
        )
        .with_env("MODEL_SEEDS", "10000"),
        Step::tests(
            "compression, 10,000 seeds",
            "test --release -p tower-sse --all-features --lib compression",
        )
        .with_env("MODEL_SEEDS", "10000"),
        Step::tests("hops over logs, 20 seeds", "test --release -p logs --test hops")
            .with_env("MODEL_SEEDS", "20")
            .with_env("LONG_OUTAGES", "1"),
        asked("9,500 clients", CLIENTS_CASE, 9_500),
        asked("a drain of 9,000 streams", DRAIN_CASE, 9_000).shown(),
        asked("a storm of 5,000 clients", STORM_CASE, 5_000),
        asked("100,000 clients that come and go", CHURN_CASE, 100_000),
    ];
    steps.extend(fuzz::steps(20 * fuzz::SECONDS));
    steps.extend(dependencies());
    steps.extend(semver());
    steps.push(Step::cargo("bench-server", "build --release -p bench-server"));
    steps.push(Step::new("idle streams", "target/release/idle 19000").shown());
    steps.push(Step::new("a drain of 10,000", "target/release/drain 10000").shown());
    steps.push(Step::new("compression", "target/release/compress 1000 2000").shown());
    steps.push(Step::new("clients that go", "target/release/churn 100000").shown());
    steps.push(Step::new("readers that stall", "target/release/stalled 10000").shown());
    steps.push(Step::cargo("bench-decode", "build --release -p bench-decode"));
    steps.push(Step::new("decoders", "target/release/bench-decode").shown());
    steps.push(Step::cargo("benches", &format!("bench {published} {benches}")).shown());
    steps
}

/// A case of the suite with so many clients, on one host after the other.
fn asked(name: &str, case: &str, clients: usize) -> Step {
    let line = format!("test {ALL} --test conformance {case} -- --test-threads 1");
    Step::tests(name, &line).with_env("CONFORMANCE_CLIENTS", &clients.to_string())
}

/// Licences, sources and, where its database can be had, advisories.
fn dependencies() -> Vec<Step> {
    const ADVISORIES: &str = "https://github.com/RustSec/advisory-db";

    let (deny, mut steps) = cargo_tool("cargo-deny", "0.20.2");
    steps.push(Step::new("licences and sources", &format!("{deny} check licenses bans sources")));
    steps.push(match output(&format!("git ls-remote {ADVISORIES} HEAD")) {
        Some(_) => Step::new("advisories", &format!("{deny} check advisories")),
        None => Step::skip("advisories", format!("cannot reach {ADVISORIES}")),
    });
    steps
}

/// The public API against that of the last release.
fn semver() -> Vec<Step> {
    let Some(release) = output("git describe --tags --abbrev=0") else {
        return vec![Step::skip("semver", "no release is tagged yet")];
    };
    let (semver_checks, mut steps) = cargo_tool("cargo-semver-checks", "0.51.0");
    let line = format!("{semver_checks} semver-checks --workspace --baseline-rev {release}");
    steps.push(Step::new("semver", &line));
    steps
}
