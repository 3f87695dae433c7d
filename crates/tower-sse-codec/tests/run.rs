//! Events that lie side by side.

#[path = "strategies/mod.rs"]
mod strategies;

use proptest::collection::vec;
use proptest::{prop_assert, prop_assert_eq, proptest};
use strategies::event;
use tower_sse_codec::{Encoded, Event, EventId, Run, RunBuilder};

fn run(events: &[Event]) -> Run {
    let mut builder = RunBuilder::with_capacity(16);
    events.iter().for_each(|event| builder.push(event));
    assert_eq!(builder.len(), events.len());
    builder.split()
}

fn wire(events: &[Event]) -> Vec<u8> {
    events.iter().flat_map(|event| Encoded::from(event).into_bytes()).collect()
}

proptest! {
    #[test]
    fn any_part_of_a_run_is_what_its_events_are(events in vec(event(), 1..6)) {
        let run = run(&events);
        prop_assert_eq!(run.len(), events.len());
        for start in 0..events.len() {
            for end in start + 1..=events.len() {
                let part = run.slice(start..end);
                prop_assert_eq!(part.events(), end - start);
                prop_assert_eq!(&part.bytes()[..], &wire(&events[start..end]));
                let each: Vec<_> = events[start..end].iter().map(Encoded::from).collect();
                prop_assert!(part.each().eq(each.iter().map(|event| &event.bytes()[..])));
                let last = events[start..end].iter().rev().find_map(|event| event.id());
                prop_assert_eq!(part.id(), last.cloned());
                prop_assert_eq!(part.detached(), part.clone());
            }
        }
    }

    #[test]
    fn joined_runs_are_one(events in vec(vec(event(), 1..4), 1..4)) {
        let runs: Vec<_> = events.iter().map(|events| run(events)).collect();
        let (joined, all) = (Run::join(runs.iter()), run(&events.concat()));
        prop_assert_eq!(joined.bytes(), all.bytes());
        prop_assert_eq!(joined.len(), all.len());
        for event in 0..all.len() {
            prop_assert_eq!(joined.slice(event..event + 1), all.slice(event..event + 1));
        }
    }
}

#[test]
fn what_is_split_off_leaves_its_room() {
    let mut builder = RunBuilder::with_capacity(100);
    let event = Event::new("x").with_id(EventId::from(1));
    builder.push(&event);
    let first = builder.split();
    assert!(builder.is_empty());
    assert_eq!(builder.room(), 100 - event.encoded_len());
    builder.push(&event);
    let second = builder.split();
    assert_eq!(first.bytes().as_ptr_range().end, second.bytes().as_ptr());
}
