use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::Result;

/// The workspace as `cargo metadata` tells it: the manifests are the one home of every crate list.
#[derive(Debug)]
pub(crate) struct Workspace {
    packages: Vec<Value>,
}

impl Workspace {
    pub(crate) fn load() -> Result<Self> {
        let output = Command::new("cargo")
            .args(["metadata", "--no-deps", "--format-version", "1"])
            .current_dir(root())
            .output()?;
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into());
        }
        let mut metadata: Value = serde_json::from_slice(&output.stdout)?;
        let Value::Array(packages) = metadata["packages"].take() else {
            return Err("cargo metadata names no packages".into());
        };
        Ok(Self { packages })
    }

    /// The crates that are published.
    pub(crate) fn published(&self) -> impl Iterator<Item = &str> {
        // `publish` is null when it may go anywhere and an empty list when it may not.
        self.packages.iter().filter(|package| package["publish"].is_null()).map(name)
    }

    /// The published crates that take the oldest Rust.
    pub(crate) fn light(&self) -> impl Iterator<Item = &str> {
        self.published().filter(|name| self.rust_version(name) == self.oldest_rust())
    }

    /// Their features that take it as well, as cargo wants them named.
    pub(crate) fn light_features(&self) -> Vec<String> {
        let mut names = Vec::new();
        for light in self.light() {
            let package = self.packages.iter().find(|package| name(package) == light);
            let Some(package) = package else { continue };
            let newer = package["metadata"]["oldest-rust"]["without"].as_array();
            let is_newer =
                |feature: &str| newer.is_some_and(|list| list.iter().any(|no| no == feature));
            let features = package["features"].as_object().into_iter().flat_map(|all| all.keys());
            let taken = features.filter(|feature| !is_newer(feature.as_str()));
            names.extend(taken.map(|feature| format!("{light}/{feature}")));
        }
        names
    }

    /// The oldest Rust that the crate below all others takes, such as `1.85`.
    pub(crate) fn oldest_rust(&self) -> &str {
        self.rust_version("tower-sse-codec")
    }

    /// The examples that serve the demo, one for each framework.
    pub(crate) fn examples(&self) -> impl Iterator<Item = &str> {
        // An example of something else may take its tools from the demo's crate, but not the demo.
        let has_demo = |package: &&Value| {
            name(package) != "example-llm"
                && dependencies(package).any(|on| name(on) == "example-app")
        };
        self.packages.iter().filter(has_demo).map(name)
    }

    /// The names of all targets of one kind, such as `test` or `bench`.
    pub(crate) fn targets(&self, kind: &'static str) -> impl Iterator<Item = &str> {
        let is_wanted = move |target: &&Value| target["kind"][0] == kind;
        self.packages.iter().flat_map(targets).filter(is_wanted).map(name)
    }

    fn rust_version(&self, crate_name: &str) -> &str {
        let package = self.packages.iter().find(|package| name(package) == crate_name);
        package.and_then(|package| package["rust_version"].as_str()).unwrap_or_default()
    }
}

/// The directory that holds the workspace.
pub(crate) fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn name(value: &Value) -> &str {
    value["name"].as_str().unwrap_or_default()
}

fn dependencies(package: &Value) -> impl Iterator<Item = &Value> {
    package["dependencies"].as_array().into_iter().flatten()
}

fn targets(package: &Value) -> impl Iterator<Item = &Value> {
    package["targets"].as_array().into_iter().flatten()
}
