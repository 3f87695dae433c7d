mod model;
mod server;
mod verdict;

use super::{Scenario, client, more};

/// The scenario of this name.
fn named(name: &str) -> Scenario {
    let mut all = client().into_iter().chain(more());
    all.find(|scenario| scenario.name == name).expect("there is a scenario of this name")
}

#[test]
fn no_scenario_is_lost_or_there_twice() {
    assert_eq!((client().len(), more().len()), (29, 35), "the files have lost or won scenarios");
    let mut names: Vec<_> = client().into_iter().chain(more()).map(|one| one.name).collect();
    names.sort();
    assert!(names.windows(2).all(|pair| pair[0] != pair[1]), "{names:?}");
}

#[test]
fn a_model_of_a_client_passes_every_scenario() {
    for scenario in client().into_iter().chain(more()) {
        let (seen, ready_state, requests) = model::run(&scenario);
        assert_eq!(scenario.judge(&seen, ready_state, &requests), Ok(()));
    }
}

#[test]
fn a_model_that_shows_an_event_twice_fails() {
    for scenario in client().into_iter().chain(more()) {
        let (mut seen, ready_state, requests) = model::run(&scenario);
        let message = seen.iter().position(|seen| seen.message().is_some());
        let (Some(at), Some(_)) = (message, &scenario.expect.events) else { continue };
        let mut other = seen[at].clone();
        if let super::What::Message(message) = &mut other.what {
            message.data.push('!');
        }
        seen.insert(at, other);
        assert!(scenario.judge(&seen, ready_state, &requests).is_err(), "{}", scenario.name);
    }
}
