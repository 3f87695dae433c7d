use std::path::PathBuf;
use std::{env, fs};

use crate::step::Step;
use crate::test::each;
use crate::workspace::Workspace;

/// The step that packages the published crates, and builds each from its package alone.
pub(crate) fn step(workspace: &Workspace) -> Step {
    forget_unpacked(workspace);
    let published = each("-p", workspace.published());
    Step::cargo("package", &format!("package {published} --allow-dirty"))
}

/// Cargo keeps what it unpacked of an earlier package of the same version, and would build that.
fn forget_unpacked(workspace: &Workspace) {
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| env::home_dir().map(|home| home.join(".cargo")));
    let Some(sources) = home.and_then(|home| fs::read_dir(home.join("registry/src")).ok()) else {
        return;
    };
    // A registry that is only a directory has no host in its name, which begins with the hash then.
    let local = sources.flatten().filter(|source| source.file_name().as_encoded_bytes()[0] == b'-');
    for source in local {
        for name in workspace.published() {
            let version = workspace.version(name);
            // What is not there need not be forgotten.
            let _ = fs::remove_dir_all(source.path().join(format!("{name}-{version}")));
        }
    }
}
