use std::path::{Path, PathBuf};
use std::{env, fs};

use crate::step::{Step, each};
use crate::workspace::{self, Workspace};

/// Where packages are built. Cargo takes what it has built, and unpacked, of a version of a package
/// for the last word on it, as it is once that is published; until then ours still changes.
const TARGET: &str = "target/publish";

/// The step that packages the published crates, and builds each from its package alone.
pub(crate) fn step(workspace: &Workspace) -> Step {
    let names: Vec<String> = workspace.published().map(|name| format!("{name}-")).collect();
    for directory in unpacked().into_iter().chain([built()]) {
        forget(&directory, &names);
    }
    let published = each("-p", workspace.published());
    let line = format!("package {published} --allow-dirty --target-dir {TARGET}");
    // Nobody runs what is built there.
    Step::cargo("package", &line).with_env("CARGO_PROFILE_DEV_DEBUG", "0")
}

/// Removes what begins with one of these names.
fn forget(directory: &Path, names: &[String]) {
    for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
        let name = entry.file_name();
        if names.iter().any(|ours| name.to_string_lossy().starts_with(ours.as_str())) {
            // What cannot be removed shows itself: the build that follows fails.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Where cargo unpacks packages of registries that are only directories: without the name of a host,
/// theirs begins with the hash.
fn unpacked() -> Vec<PathBuf> {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let sources = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok());
    let local = |source: &PathBuf| {
        source.file_name().is_some_and(|name| name.to_string_lossy().starts_with('-'))
    };
    sources.into_iter().flatten().flatten().map(|source| source.path()).filter(local).collect()
}

/// Where cargo notes what it has built.
fn built() -> PathBuf {
    workspace::root().join(TARGET).join("debug/.fingerprint")
}
