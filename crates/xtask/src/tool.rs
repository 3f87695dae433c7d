use std::process::{Command, Stdio};

use crate::Result;
use crate::step::Step;
use crate::workspace;

/// A program: the call that shows it is there, and the Debian package that brings it.
type Tool = (&'static str, &'static str);

/// What the suite makes networks with.
pub(crate) const NETWORKS: [Tool; 1] = [("ip -V", "iproute2")];

/// What logs are kept in.
pub(crate) const LOGS: [Tool; 2] =
    [("redis-server --version", "redis-server"), ("nats-server --version", "nats-server")];

/// What the browser tests need.
pub(crate) const BROWSER: [Tool; 2] =
    [("chromium --version", "chromium"), ("chromedriver --version", "chromium-driver")];

/// What the real clients and servers need.
pub(crate) const CLIENTS: [Tool; 5] = [
    ("curl --version", "curl"),
    ("node --version", "nodejs"),
    ("npm --version", "npm"),
    ("python3 -m ensurepip --version", "python3-venv"),
    ("nginx -v", "nginx"),
];

/// The steps that install those of `tools` that are missing.
///
/// # Errors
///
/// If one is missing and no Debian package can be installed here: it says what to install.
pub(crate) fn install_steps(tools: &[Tool]) -> Result<Vec<Step>> {
    let missing: Vec<&str> = tools
        .iter()
        .filter(|(call, _)| output(call).is_none())
        .map(|(_, package)| *package)
        .collect();
    let packages = missing.join(" ");
    if missing.is_empty() {
        Ok(Vec::new())
    } else if can_install() {
        Ok(apt_get(&packages))
    } else {
        Err(format!(
            "missing here: {packages} (by the names of their Debian packages); install them, \
             on Debian as root with\n  apt-get install --no-install-recommends {packages}"
        )
        .into())
    }
}

/// The steps that install Debian packages.
pub(crate) fn apt_get(packages: &str) -> Vec<Step> {
    let install = format!("apt-get install -y --no-install-recommends {packages}");
    vec![
        Step::new("apt-get update", "apt-get update"),
        Step::new("apt-get install", &install).with_env("DEBIAN_FRONTEND", "noninteractive"),
    ]
}

/// Whether Debian packages can be installed here: by root, with `apt-get`.
pub(crate) fn can_install() -> bool {
    output("id -u").as_deref() == Some("0") && output("apt-get --version").is_some()
}

/// What `call` prints, without the last line end, if it succeeds.
pub(crate) fn output(call: &str) -> Option<String> {
    let mut words = call.split_whitespace();
    let output = Command::new(words.next()?).args(words).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    output.status.success().then_some(text)
}

/// Where one of cargo's tools is for this checkout, and the step that builds it if it is missing.
pub(crate) fn cargo_tool(name: &str, version: &str) -> (String, Vec<Step>) {
    const ROOT: &str = "target/tools";

    let path = format!("{ROOT}/bin/{name}");
    if workspace::root().join(&path).exists() {
        return (path, Vec::new());
    }
    let install = format!("install {name}@{version} --locked --root {ROOT}");
    (path, vec![Step::cargo(format!("build {name}"), &install)])
}
