use crate::fuzz;
use crate::step::{Step, each};
use crate::test::ALL;
use crate::tool::{cargo_tool, output};
use crate::workspace::Workspace;

/// The case of the suite that reads `CONFORMANCE_CLIENTS`. Client and server are one process, which
/// may have 20,000 files on many a machine, so fewer than 10,000 clients are asked for.
const CLIENTS_CASE: &str = "as_many_clients_as_asked_get_everything";

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
            "9,500 clients",
            &format!("test {ALL} --test conformance {CLIENTS_CASE} -- --test-threads 1"),
        )
        .with_env("CONFORMANCE_CLIENTS", "9500"),
    ];
    steps.extend(fuzz::steps(10 * fuzz::SECONDS));
    steps.extend(dependencies());
    steps.extend(semver());
    steps.push(Step::cargo("bench-server", "build --release -p bench-server"));
    for framework in ["axum", "axum-http1", "actix-web", "warp", "hyper"] {
        let line = format!("target/release/idle {framework} 9000");
        steps.push(Step::new(format!("idle: {framework}"), &line).shown());
    }
    steps.push(Step::new("clients that go", "target/release/churn 100000").shown());
    steps.push(Step::new("readers that stall", "target/release/stalled 10000").shown());
    steps.push(Step::cargo("bench-decode", "build --release -p bench-decode"));
    steps.push(Step::new("decoders", "target/release/bench-decode").shown());
    steps.push(Step::cargo("benches", &format!("bench {published} {benches}")).shown());
    steps
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
