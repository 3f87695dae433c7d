use crate::fuzz;
use crate::oldest_rust;
use crate::package;
use crate::step::{Step, each};
use crate::workspace::Workspace;

/// What every cargo call takes that can, and the dev-dependencies with it: another choice would
/// unify features differently, and build the whole tree once more.
pub(crate) const ALL: &str = "--workspace --all-features";

/// The integration test that needs a browser and the built examples.
const BROWSER: &str = "browser";
/// The one that needs real servers.
const SERVERS: &str = "servers";
/// The one that takes long to say what a log under a hub loses: `prove` runs it.
const HOPS: &str = "hops";

/// What must hold before a merge, cheapest first.
pub(crate) fn steps(workspace: &Workspace) -> Vec<Step> {
    let is_plain = |name: &&str| ![BROWSER, SERVERS, HOPS].contains(name);
    let tests = each("--test", workspace.targets("test").filter(is_plain));

    let mut steps = vec![
        Step::cargo("format", "fmt --all --check"),
        Step::cargo("clippy", &format!("clippy {ALL} --all-targets -- -D warnings")),
        Step::cargo("codec without std", "build -p tower-sse-codec --no-default-features"),
        Step::cargo("build", &format!("build {ALL} --all-targets")),
        Step::tests("tests", &format!("test {ALL} --lib --bins --benches {tests}")),
        loom(),
        Step::tests("doc tests", &format!("test {ALL} --doc")),
        Step::tests("browser", &format!("test {ALL} --test {BROWSER}")),
        // The examples are asked for so that the dev-dependencies are in, see `ALL`.
        Step::cargo("docs", &format!("doc {ALL} --no-deps --lib --examples"))
            .with_env("RUSTDOCFLAGS", "-D warnings"),
        oldest_rust::step(workspace),
        package::step(workspace),
    ];
    steps.extend(fuzz::steps(fuzz::SECONDS));
    steps
}

/// Every order in which the hub's publishers, readers and their ends can meet, up to three switches
/// between threads at any place.
fn loom() -> Step {
    // A directory of its own: the flag would have everything else built anew.
    let line = "test --release -p tower-sse-hub --lib topic::tests --target-dir target/loom";
    Step::tests("loom", line)
        .with_env("RUSTFLAGS", "--cfg hub_loom")
        .with_env("CARGO_PROFILE_RELEASE_LTO", "off")
        .with_env("LOOM_MAX_PREEMPTIONS", "3")
}

/// Real clients against every example, and our client against real servers.
pub(crate) fn client_steps(workspace: &Workspace) -> Vec<Step> {
    let mut steps = vec![Step::new("clients", "bash tests/clients/install.sh")];
    steps.extend(workspace.examples().map(|example| {
        Step::new(format!("clients: {example}"), &format!("bash tests/clients/run.sh {example}"))
    }));
    steps.push(Step::new("clients: example-llm", "bash tests/clients/llm.sh"));
    steps.push(Step::new("clients: compressed", "bash tests/clients/compressed.sh"));
    steps.push(Step::new("servers", "bash tests/servers/install.sh"));
    steps.push(Step::tests("servers: followed", &format!("test {ALL} --test {SERVERS}")));
    steps
}
