//! What a readiness probe sees.

use std::time::Duration;

use futures_util::StreamExt;
use logs::{Disk, Engine};
use tokio::time::timeout;
use tower_sse_hub::{Event, LastEventId};

use crate::node::{Node, remembering};
use crate::until::{PATIENCE, until};

on_each_engine!(a_log_that_is_killed_is_seen isolation_ends_streams_until_the_log_is_back);

mod frozen {
    use super::a_log_that_stands_still_is_seen;

    // What hangs in memory is nobody's wire: only the hub's own patience ends it.
    on_each_server!(a_log_that_stands_still_is_seen);
}

/// Within what time a log that says nothing is noticed.
const NOTICED: Duration = Duration::from_secs(3);

async fn a_log_that_is_killed_is_seen<E: Engine>() {
    let mut engine = E::start(Disk::Keeps).await;
    let Node { hub, .. } = &Node::open(remembering(10), engine.log("log")).await;
    assert!(hub.health().is_well() && hub.health().is_ready());
    engine.kill();
    let noticed = until("its end is seen", || !hub.health().is_well()).await;
    let health = hub.health();
    assert!(health.is_ready() && !health.is_isolated(), "{health}");
    assert!(health.down_for().is_some() && health.cause().is_some(), "{health}");
    assert!(noticed < NOTICED, "{noticed:?}");
    engine.restart().await;
    let recovered = until("it is seen again", || hub.health().is_well()).await;
    println!("{}, killed: seen after {noticed:.2?}, well after {recovered:.2?}", E::NAME);
    assert!(hub.health().cause().is_none());
}

async fn a_log_that_stands_still_is_seen<E: Engine>() {
    let engine = E::start(Disk::Keeps).await;
    let Node { hub, .. } = &Node::open(remembering(10), engine.log("log")).await;
    hub.publish("news", Event::new("one")).await.expect("it is stored");
    engine.freeze();
    let noticed = until("it is seen to stand still", || !hub.health().is_well()).await;
    assert!(hub.health().is_ready(), "{}", hub.health());
    assert!(noticed < NOTICED + Duration::from_millis(500), "{noticed:?}");
    engine.thaw();
    let recovered = until("it is seen to go on", || hub.health().is_well()).await;
    println!("{}, still: seen after {noticed:.2?}, well after {recovered:.2?}", E::NAME);
}

async fn isolation_ends_streams_until_the_log_is_back<E: Engine>() {
    let mut engine = E::start(Disk::Keeps).await;
    let builder = remembering(10).with_isolation(Duration::from_millis(300));
    let Node { hub, .. } = &Node::open(builder, engine.log("log")).await;
    let id = hub.publish("news", Event::new("one")).await.expect("it is stored");
    hub.reached(&id).await.expect("it is of this hub");
    let subscribe = || {
        let events = hub.subscribe(["news"]).expect("it is one topic");
        events.with_last_event_id(LastEventId::Id(id.clone()))
    };
    let before = subscribe();
    engine.kill();
    until("it is isolated", || hub.health().is_isolated()).await;
    assert!(!hub.health().is_ready() && !hub.health().is_well());
    for mut events in [before, subscribe()] {
        let retry = timeout(PATIENCE, events.next()).await.expect("it is told");
        let retry = retry.expect("it is told before the end");
        assert!(retry.bytes().starts_with(b"retry: "), "{retry:?}");
        let end = timeout(PATIENCE, events.next()).await.expect("it is ended");
        assert!(end.is_none(), "{end:?}");
    }
    engine.restart().await;
    until("it is ready", || hub.health().is_ready()).await;
    assert!(hub.health().is_well() && !hub.health().is_isolated());
    let mut events = subscribe();
    let id = hub.publish("news", Event::new("two")).await.expect("it is stored");
    let event = timeout(PATIENCE, events.next()).await.expect("it comes");
    assert_eq!(event.expect("stream goes on").id(), Some(id));
}
