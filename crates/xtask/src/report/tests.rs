use super::{Report, passed_tests};
use crate::step::Step;

#[test]
fn adds_up_the_tests_of_every_binary() {
    let output = "\
running 2 tests
test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

test result: ok. 40 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s
test result: FAILED. 7 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out";
    assert_eq!(passed_tests(output), 42);
}

#[test]
fn stops_at_the_first_step_that_fails() {
    let steps = ["true", "false", "true"].map(|line| Step::new(format!("runs {line}"), line));
    let mut report = Report::default();
    let error = report.take(steps.into()).expect_err("the second step fails");
    assert!(error.to_string().ends_with("\n  false"), "{error}");
    assert_eq!(report.closing_line(false), "1 passed, 1 failed");
}

#[test]
fn a_program_that_is_not_there_is_a_failure() {
    let steps = vec![Step::new("runs nothing", "no-such-program")];
    assert!(Report::default().take(steps).is_err());
}

#[test]
fn a_test_step_without_tests_fails() {
    let step = Step { needs_tests: true, ..Step::new("runs no test", "true") };
    assert!(Report::default().take(vec![step]).is_err());
}

#[test]
fn what_is_skipped_is_counted() {
    let steps = vec![Step::new("may fail", "false").optional(), Step::skip("cannot", "no network")];
    let mut report = Report::default();
    assert!(report.take(steps).is_ok());
    assert_eq!(report.closing_line(true), "0 passed, 0 failed, 2 skipped");
}
