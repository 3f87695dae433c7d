use std::time::Duration;

use super::{model, named};
use crate::oracle::Dispatched;
use crate::scenarios::{Origin, ReadyState, Request, Scenario, Seen, What};

use ReadyState::{Closed, Connecting, Open};

/// What a right client shows in `close-test-events`, millisecond by millisecond.
fn right() -> Vec<What> {
    let (open, trying) = (What::Open, What::Error(Connecting));
    vec![
        open.clone(),
        message("opened"),
        trying.clone(),
        open,
        message("reconnected"),
        trying,
        What::Error(Closed),
    ]
}

fn message(data: &str) -> What {
    let (name, data, id) = ("message".to_owned(), data.to_owned(), String::new());
    What::Message(Dispatched { name, data, id })
}

fn seen(shown: Vec<What>) -> Vec<Seen> {
    let at = (1..).map(Duration::from_millis);
    at.zip(shown).map(|(at, what)| Seen { at, what }).collect()
}

fn request(at: u64, headers: &[(&str, &str)]) -> Request {
    Request {
        at: Duration::from_millis(at),
        origin: Origin::Own,
        method: "GET".to_owned(),
        target: "/events".to_owned(),
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: Vec::new(),
    }
}

#[track_caller]
fn check(
    scenario: &Scenario,
    shown: Vec<What>,
    state: ReadyState,
    requests: &[Request],
    fault: &str,
) {
    let verdict = scenario.judge(&seen(shown), state, requests);
    match verdict {
        Ok(()) => assert_eq!(fault, "", "it passed"),
        Err(text) => assert!(!fault.is_empty() && text.contains(fault), "{text}"),
    }
}

#[test]
fn a_right_list_passes_and_each_wrong_one_fails() {
    let scenario = named("close-test-events");
    let requests = [request(0, &[]), request(3, &[]), request(6, &[])];
    let check =
        |shown, state, requests: &[_], fault| check(&scenario, shown, state, requests, fault);
    let but = |change: fn(&mut Vec<What>)| {
        let mut shown = right();
        change(&mut shown);
        shown
    };
    check(right(), Closed, &requests, "");

    check(Vec::new(), Closed, &requests, "events are []");
    check(but(|shown| shown[1] = message("other")), Closed, &requests, "events are");
    check(but(|shown| shown.swap(1, 4)), Closed, &requests, "events are");
    check(but(|shown| shown.insert(1, message("opened"))), Closed, &requests, "events are");
    check(but(|shown| drop(shown.remove(2))), Closed, &requests, "the trace is");
    check(but(|shown| drop(shown.pop())), Closed, &requests, "the trace is");
    check(but(|shown| shown.swap(0, 1)), Closed, &requests, "the trace is");
    check(but(|shown| shown[6] = What::Error(Connecting)), Closed, &requests, "the trace is");
    check(but(|shown| shown.push(What::Open)), Closed, &requests, "yet Open was shown");
    check(right(), Open, &requests, "the state is Open, not Closed");
    check(right(), Closed, &requests[1..], "2 requests came, not 3");
    let fourth = [&requests[..], &[request(60, &[])]].concat();
    check(right(), Closed, &fourth, "4 requests came, not 3");
    check(right(), Closed, &fourth, "closed, yet GET /events came after 53ms");
}

#[test]
fn a_stopped_client_is_judged_up_to_its_last_message() {
    let scenario = named("redirect-303");
    let shown = vec![What::Open, message("data"), What::Error(Connecting), What::Open];
    let requests = [request(0, &[]), request(1, &[])];
    check(&scenario, shown, Connecting, &requests, "");
    check(&scenario, vec![What::Open], Open, &requests, "events are []");
}

#[test]
fn any_errors_are_errors_alone_and_one_at_least() {
    let scenario = named("ld-redirect-301-missing-location");
    let (trying, closed) = (What::Error(Connecting), What::Error(Closed));
    let requests = [request(0, &[])];
    check(&scenario, vec![closed.clone()], Closed, &requests, "");
    check(&scenario, vec![trying.clone()], Connecting, &requests, "");
    check(&scenario, vec![trying.clone(), trying.clone(), closed], Closed, &requests, "");
    check(&scenario, vec![], Connecting, &requests, "the trace is []");
    check(&scenario, vec![What::Open, trying], Connecting, &requests, "the trace is");
    check(&scenario, vec![What::Error(Open)], Open, &requests, "the trace is");
}

#[test]
fn requests_are_judged_value_by_value() {
    let scenario = named("id-only-block-remembered");
    let (shown, state, _) = model::run(&scenario);
    let check = |first: &[_], second: &[_], fault: &str| {
        let requests = [request(0, first), request(1, second)];
        match scenario.judge(&shown, state, &requests) {
            Ok(()) => assert_eq!(fault, ""),
            Err(text) => assert!(!fault.is_empty() && text.contains(fault), "{text}"),
        }
    };
    let id = ("last-event-id", "1337");
    check(&[], &[id], "");
    check(&[id], &[id], "request 1, GET /events: last-event-id is [\"1337\"], not None");
    check(&[("last-event-id", "")], &[id], "request 1");
    check(&[], &[], "request 2, GET /events: last-event-id is [], not Some(\"1337\")");
    check(&[], &[id, id], "request 2");
}

#[test]
fn delays_and_bounds_are_judged() {
    let scenario = named("retry-bogus-keeps-800");
    let opens = |gap: u64| {
        let (mut seen, state, requests) = model::run(&scenario);
        let second = seen.iter_mut().filter(|seen| seen.what == What::Open).nth(1);
        second.expect("it opens twice").at = Duration::from_millis(1 + gap);
        scenario.judge(&seen, state, &requests)
    };
    assert_eq!((opens(700), opens(1300)), (Ok(()), Ok(())));
    for gap in [699, 1301] {
        let fault = format!("the first two opens: Some({:?})", Duration::from_millis(gap));
        assert!(opens(gap).is_err_and(|text| text.contains(&fault)));
    }

    let scenario = named("status-429-retry-after");
    let (seen, state, mut requests) = model::run(&scenario);
    requests[1].at = requests[0].at + Duration::from_millis(999);
    let verdict = scenario.judge(&seen, state, &requests);
    assert!(verdict.is_err_and(|text| text.contains("the first two requests: Some(999ms)")));

    let scenario = named("status-500-for-ever");
    let (seen, state, requests) = model::run(&scenario);
    for (count, fault) in [(1, "1 requests came, not 2 or more"), (21, "21 requests came, not 20")]
    {
        let verdict = scenario.judge(&seen, state, &vec![requests[0].clone(); count]);
        assert!(verdict.is_err_and(|text| text.contains(fault)));
    }
}

#[test]
fn secrets_on_another_origin_are_found() {
    let scenario = named("redirect-drops-secrets-on-another-origin");
    for name in ["authorization", "cookie", "x-api-key", "last-event-id"] {
        let (seen, state, mut requests) = model::run(&scenario);
        requests[2].headers.push((name.to_owned(), b"secret".to_vec()));
        let verdict = scenario.judge(&seen, state, &requests);
        assert!(verdict.is_err_and(|text| text.contains("request 3") && text.contains(name)));
    }
}
