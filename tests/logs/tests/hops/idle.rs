//! Nothing that is old comes again, and a break is noticed by one who has seen nothing yet.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use logs::{Disk, Engine};
use tokio::time::timeout;
use tower_sse_hub::{Event, LastEventId};

use crate::counted::Counted;
use crate::node::{Node, remembering};
use crate::until::{PATIENCE, until};

on_each_engine!(a_restart_before_the_first_event_brings_nothing_old);

/// Within what time a break must be noticed.
const NOTICED: Duration = Duration::from_secs(3);

async fn a_restart_before_the_first_event_brings_nothing_old<E: Engine>() {
    let mut engine = E::start(Disk::Keeps).await;
    let before = Node::open(remembering(1000), engine.log("log")).await;
    let mut last = before.hub.head();
    for nth in 0..500 {
        let published = before.hub.publish("news", Event::new(nth.to_string())).await;
        last = published.expect("it is stored");
    }

    let log = Counted::new(engine.log("log"));
    let node = Node::open(remembering(1000), log.clone()).await;
    let subscribe = || node.hub.subscribe(["news"]).expect("it is one topic");
    let mut live = subscribe();
    let mut resumed = subscribe().with_last_event_id(LastEventId::Id(last));
    assert!(live.next().now_or_never().is_none() && resumed.next().now_or_never().is_none());
    until("log is followed", || log.tails() == 1).await;

    engine.kill();
    let noticed = until("a break is noticed", || !node.hub.health().is_well()).await;
    engine.restart().await;
    let recovered = until("log comes back", || node.hub.health().is_well()).await;
    println!("{}: noticed after {noticed:.2?}, well again after {recovered:.2?}", E::NAME);
    assert!(noticed < NOTICED, "{noticed:?}");

    let new = node.hub.publish("news", Event::new("new")).await.expect("it is stored");
    for events in [&mut live, &mut resumed] {
        let event = timeout(PATIENCE, events.next()).await.expect("it comes");
        assert_eq!(event.expect("stream goes on").id(), Some(new.clone()));
        assert!(events.next().now_or_never().is_none());
    }
    assert_eq!(log.followed(), 1, "nothing was given that was there before");
}
