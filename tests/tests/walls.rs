//! The crates lean one way: DESIGN.md, section 2, as `cargo metadata` sees it.

use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, MetadataCommand};

/// The normal dependencies of our crates, by name.
type Graph = BTreeMap<String, Vec<String>>;

/// Which of ours each published crate may depend on.
const OURS: &[(&str, &[&str])] = &[
    ("tower-sse-codec", &[]),
    ("tower-sse", &["tower-sse-codec"]),
    ("tower-sse-hub", &["tower-sse-codec"]),
    ("tower-sse-client", &["tower-sse-codec"]),
    ("tower-sse-axum", &["tower-sse"]),
    ("tower-sse-actix-web", &["tower-sse"]),
    ("tower-sse-warp", &["tower-sse"]),
    ("tower-sse-redis", &["tower-sse-hub", "tower-sse-codec"]),
    ("tower-sse-nats", &["tower-sse-hub", "tower-sse-codec"]),
    ("tower-sse-serve", &["tower-sse", "tower-sse-hub"]),
    // It judges all, so its library knows none.
    ("conformance", &[]),
];

/// What a crate must not see of the world, by the start of the name.
const NOT_SEEN: &[(&str, &[&str])] = &[
    ("tower-sse-codec", &["http", "tokio", "futures", "tower-", "hyper", "tracing"]),
    ("tower-sse", &["axum", "actix", "warp", "hyper"]),
    ("tower-sse-hub", &["http", "hyper", "tower-", "axum", "actix", "warp"]),
    ("tower-sse-client", &["hyper", "axum", "actix", "warp"]),
];

#[test]
fn every_crate_leans_the_right_way() {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo knows this workspace");
    let normal = |dependencies: Vec<cargo_metadata::Dependency>| {
        let normal = dependencies.into_iter().filter(|d| d.kind == DependencyKind::Normal);
        normal.map(|dependency| dependency.name).collect()
    };
    let graph: Graph = metadata
        .packages
        .into_iter()
        // Whatever is not published may depend on anything, but for the judge.
        .filter(|package| package.publish != Some(Vec::new()) || package.name == "conformance")
        .map(|package| (package.name.to_string(), normal(package.dependencies)))
        .collect();
    assert!(graph.contains_key("tower-sse-codec") && graph.contains_key("conformance"));
    assert_eq!(broken(&graph), [""; 0]);
}

#[test]
fn a_crate_that_leans_the_wrong_way_is_named() {
    check(&[("tower-sse", &["bytes", "tower-sse-codec", "http"])], &[]);
    check(&[("tower-sse-codec", &["tower-sse"])], &["tower-sse-codec -> tower-sse"]);
    check(&[("tower-sse-codec", &["bytes", "http"])], &["tower-sse-codec -> http"]);
    check(&[("tower-sse-codec", &["tokio-util"])], &["tower-sse-codec -> tokio-util"]);
    check(&[("tower-sse-axum", &["tower-sse-codec"])], &["tower-sse-axum -> tower-sse-codec"]);
    check(&[("tower-sse-axum", &["conformance"])], &["tower-sse-axum -> conformance"]);
    check(&[("tower-sse-hub", &["tower-sse-client"])], &["tower-sse-hub -> tower-sse-client"]);
    check(&[("tower-sse", &["example-app"])], &["tower-sse -> example-app"]);
    check(&[("tower-sse-new", &[])], &["tower-sse-new has no row"]);
}

fn check(graph: &[(&str, &[&str])], expected: &[&str]) {
    let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let graph = graph.iter().map(|&(name, all)| (name.to_owned(), owned(all))).collect();
    assert_eq!(broken(&graph), expected);
}

/// The rows that are broken.
fn broken(graph: &Graph) -> Vec<String> {
    let row = |table: &[(&str, &'static [&'static str])], name: &str| {
        table.iter().find(|(of, _)| *of == name).map(|(_, row)| *row)
    };
    let mut broken = Vec::new();
    for (name, dependencies) in graph {
        let Some(allowed) = row(OURS, name) else {
            broken.push(format!("{name} has no row"));
            continue;
        };
        let not_seen = row(NOT_SEEN, name).unwrap_or_default();
        for dependency in dependencies {
            let wrong = if is_ours(dependency) {
                !allowed.contains(&dependency.as_str())
            } else {
                not_seen.iter().any(|start| dependency.starts_with(start))
            };
            if wrong {
                broken.push(format!("{name} -> {dependency}"));
            }
        }
    }
    broken
}

fn is_ours(name: &str) -> bool {
    let unpublished =
        ["bench-decode", "bench-server", "conformance", "contract-service", "servers", "xtask"];
    name == "tower-sse"
        || name.starts_with("tower-sse-")
        || name.starts_with("example-")
        || unpublished.contains(&name)
}
