use crate::step::{Step, each};
use crate::tool::{apt_get, can_install, output};
use crate::workspace::Workspace;

/// The packages of Debian 12 that bring Rust 1.85 to `/usr/bin`; rustup's stays first on the path.
const DEBIAN_PACKAGES: [&str; 3] = ["rustc-web", "cargo-web", "libstd-rust-web-dev"];
const DEBIAN_VERSION: &str = "1.85.0+dfsg3-1~deb12u3";

/// The steps that install Rust `version` if it is missing and Debian has it.
pub(crate) fn install_steps(version: &str) -> Vec<Step> {
    if cargo(version).is_some() || !can_install() || !is_of(version, DEBIAN_VERSION) {
        return Vec::new();
    }
    let packages = DEBIAN_PACKAGES.map(|package| format!("{package}={DEBIAN_VERSION}"));
    // Other systems do not have them: then `step` says what is missing.
    apt_get(&packages.join(" ")).into_iter().map(Step::optional).collect()
}

/// The step that checks the crates that take it with the oldest Rust.
pub(crate) fn step(workspace: &Workspace) -> Step {
    let version = workspace.oldest_rust();
    let packages = each("-p", workspace.light());
    let features = workspace.light_features().join(",");
    let name = format!("rust {version}");
    let Some(cargo) = cargo(version) else {
        return Step::skip(
            name,
            format!("it is not here; `rustup toolchain install {version}` brings it"),
        );
    };
    // A directory of its own: the two compilers would throw out each other's work.
    let check = format!("check {packages}--features {features} --locked --target-dir target/msrv");
    Step::new(name, &format!("{cargo} {check}"))
}

/// How cargo of Rust `version` is called: rustup's, or the system's own.
fn cargo(version: &str) -> Option<String> {
    let toolchains = output("rustup toolchain list").unwrap_or_default();
    let toolchain = toolchains.split_whitespace().find(|name| is_of(version, name));
    if let Some(toolchain) = toolchain {
        return Some(format!("rustup run {toolchain} cargo"));
    }
    let is_here = |program| {
        let text = output(&format!("/usr/bin/{program} --version")).unwrap_or_default();
        text.split_whitespace().nth(1).is_some_and(|found| is_of(version, found))
    };
    (is_here("cargo") && is_here("rustc"))
        .then(|| "env RUSTC=/usr/bin/rustc /usr/bin/cargo".to_owned())
}

/// Whether `found` is a release of `version`: `1.85.0` and `1.85-x86_64` are of `1.85`.
fn is_of(version: &str, found: &str) -> bool {
    found.strip_prefix(version).is_some_and(|rest| rest.starts_with(['.', '-', '+']))
}
