use super::Step;

#[test]
fn shows_the_line_that_runs_it_alone() {
    let step = Step::cargo("docs", "doc --no-deps").with_env("RUSTDOCFLAGS", "-D warnings");
    assert_eq!(step.to_string(), "RUSTDOCFLAGS='-D warnings' cargo doc --no-deps");
}

#[test]
fn a_skipped_step_shows_why() {
    assert_eq!(Step::skip("advisories", "needs a network").to_string(), "needs a network");
}
