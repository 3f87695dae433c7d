//! Hubs that share a log.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use tokio::time::{sleep, timeout};
use tower_sse_hub::log::{AppendFault, MemoryLog, Outage};
use tower_sse_hub::{
    Encoded, Event, EventId, Hub, LastEventId, PublishError, Retention, Start, Subscription,
};

/// Longer than a hub takes to come back to its log.
const SOON: Duration = Duration::from_secs(5);

async fn node(log: &MemoryLog) -> Hub {
    node_that_keeps(log, 1000).await
}

async fn node_that_keeps(log: &MemoryLog, count: usize) -> Hub {
    let builder = Hub::builder().with_retention(Retention::new().with_count(count));
    let (hub, driver) = builder.open(log.clone()).await.expect("the log is well");
    tokio::spawn(driver.run());
    hub
}

async fn publish(hub: &Hub, topic: &str, data: &str) -> EventId {
    hub.publish(topic, Event::new(data)).await.expect("published")
}

/// The next events, by their name and data, until nothing comes for a while.
async fn next(events: &mut Subscription) -> Vec<String> {
    let mut seen = Vec::new();
    while let Ok(Some(item)) = timeout(SOON, events.next()).await {
        let wire = std::str::from_utf8(item.bytes()).expect("text").to_owned();
        seen.extend(wire.split_terminator("\n\n").map(|event| {
            let fields = event.lines().filter(|line| !line.starts_with("id: "));
            fields.map(|line| line.trim_start_matches("data: ")).collect::<Vec<_>>().join(" ")
        }));
    }
    seen
}

fn after(hub: &Hub, topic: &str, id: &EventId) -> Subscription {
    let events = hub.subscribe([topic]).expect("a short name");
    events.with_last_event_id(LastEventId::Id(id.clone())).with_resumed()
}

#[tokio::test(start_paused = true)]
async fn what_one_publishes_all_deliver_in_one_order() {
    let log = MemoryLog::new();
    let nodes = [node(&log).await, node(&log).await, node(&log).await];
    let mut events = nodes.each_ref().map(|hub| hub.subscribe(["a", "b"]).expect("few topics"));
    for n in 0..30 {
        publish(&nodes[n % 3], ["a", "b", "c"][n % 2], &n.to_string()).await;
    }
    let expected: Vec<_> = (0..30).map(|n| n.to_string()).collect();
    for events in &mut events {
        assert_eq!(next(events).await, expected);
    }
    let head = nodes[0].head();
    assert_eq!(nodes[1].head(), head);

    // An id of one resumes on another.
    let id = publish(&nodes[0], "a", "30").await;
    let last = publish(&nodes[1], "a", "31").await;
    nodes[2].reached(&last).await.expect("an id of the log");
    let mut back = after(&nodes[2], "a", &id);
    assert_eq!(next(&mut back).await, [r#"event: resumed {"replayed":1}"#, "31"]);
}

#[tokio::test(start_paused = true)]
async fn who_has_published_can_wait_to_read_it_anywhere() {
    let log = MemoryLog::new();
    let (here, there) = (node(&log).await, node(&log).await);
    let id = publish(&here, "a", "x").await;
    there.reached(&id).await.expect("an id of the log");
    let events = there.subscribe(["a"]).expect("a short name").with_start(Start::Oldest);
    assert_eq!(events.take(1).count().now_or_never(), Some(1));

    let foreign = publish(&Hub::new(), "a", "x").await;
    assert!(there.reached(&foreign).await.is_err());
    let alone = Hub::new();
    let id = publish(&alone, "a", "x").await;
    assert_eq!(alone.reached(&id).await, Ok(()));
    assert!(alone.reached(&foreign).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn who_wants_more_than_is_remembered_gets_it_from_the_log() {
    let log = MemoryLog::new();
    let hub = node_that_keeps(&log, 3).await;
    let first = publish(&hub, "a", "0").await;
    for n in 1..50 {
        publish(&hub, if n % 2 == 0 { "a" } else { "b" }, &n.to_string()).await;
    }
    let mut events = after(&hub, "a", &first);
    let mut expected: Vec<_> = (1..25).map(|n| (2 * n).to_string()).collect();
    let seen = next(&mut events).await;
    // How many they were is known when they are read.
    expected.retain(|event| seen.contains(event));
    assert_eq!(expected.len(), 24);
    let told: Vec<_> = seen.iter().filter(|event| event.contains("resumed")).collect();
    assert_eq!(told, [r#"event: resumed {"replayed":24}"#]);
    assert_eq!(seen.len(), 25);
    publish(&hub, "a", "50").await;
    assert_eq!(next(&mut events).await, ["50"]);
}

#[tokio::test(start_paused = true)]
async fn many_who_come_back_at_once_share_what_is_read() {
    let log = MemoryLog::new();
    let hub = node_that_keeps(&log, 1).await;
    let first = publish(&hub, "a", "0").await;
    for n in 1..100 {
        publish(&hub, "a", &n.to_string()).await;
    }
    sleep(SOON).await;
    let before = log.reads();
    let back = (0..10_000)
        .map(|_| after(&hub, "a", &first))
        .map(|mut events| tokio::spawn(async move { next(&mut events).await.len() }));
    for seen in back.collect::<Vec<_>>() {
        assert_eq!(seen.await.expect("no panic"), 100);
    }
    assert!(log.reads() - before <= 2, "{} reads", log.reads() - before);
}

#[tokio::test(start_paused = true)]
async fn a_topic_is_finished_for_all() {
    let log = MemoryLog::new();
    let (here, there) = (node(&log).await, node_that_keeps(&log, 1).await);
    let first = publish(&here, "a", "0").await;
    let mut events = there.subscribe(["a"]).expect("a short name").with_start(Start::Oldest);
    publish(&here, "a", "1").await;
    let end = here.finish("a").await.expect("finished");
    here.reached(&end).await.expect("an id of the log");
    assert_eq!(here.publish("a", Event::new("2")).await, Err(PublishError::Finished));
    assert_eq!(next(&mut events).await, ["0", "1"]);
    assert_eq!(events.next().await, None);
    // What is not remembered any more is read from the log, and its end as well.
    let mut back = after(&there, "a", &first);
    assert_eq!(next(&mut back).await.iter().filter(|event| *event == "1").count(), 1);
    assert_eq!(back.next().await, None);
    assert!(after(&there, "a", &end).is_over());
}

#[tokio::test(start_paused = true)]
async fn a_publisher_is_told_what_became_of_the_event() {
    let log = MemoryLog::new().with_max_event(1000);
    let hub = node(&log).await;
    assert_eq!(hub.publish_now("a", Event::new("x")), Err(PublishError::NeedsLog));
    let large = Event::new("x".repeat(2000));
    assert_eq!(hub.publish("a", large).await, Err(PublishError::TooLarge));
    let named = Event::new("x").with_id(EventId::from(1));
    assert_eq!(hub.publish("a", named).await, Err(PublishError::HasId));

    let fails = async |fault| {
        log.fail_next_append(fault);
        hub.publish("a", Event::new("x")).with_message_id("once").await.expect_err("a fault")
    };
    assert!(matches!(fails(AppendFault::Refused).await, PublishError::Refused(_)));
    for (fault, expected) in [
        (AppendFault::NotSent, false),
        (AppendFault::EntryLost, true),
        (AppendFault::AnswerLost, true),
        (AppendFault::NoAnswer, true),
    ] {
        let PublishError::Unavailable { maybe_stored, .. } = fails(fault).await else {
            panic!("{fault:?} is an outage");
        };
        assert_eq!(maybe_stored, expected, "{fault:?}");
    }
    // However often it was tried, it is there once.
    let id = hub.publish("a", Event::new("x")).with_message_id("once").await.expect("published");
    hub.reached(&id).await.expect("an id of the log");
    let mut all = hub.subscribe(["a"]).expect("a short name").with_start(Start::Oldest);
    assert_eq!(next(&mut all).await, ["x"]);
}

#[tokio::test(start_paused = true)]
async fn a_stream_goes_on_where_it_was_when_the_log_comes_back() {
    let log = MemoryLog::new();
    let hub = node(&log).await;
    let mut events = hub.subscribe(["a"]).expect("a short name");
    publish(&hub, "a", "0").await;
    assert_eq!(next(&mut events).await, ["0"]);
    for outage in [Outage::Unreachable, Outage::Fatal, Outage::Hanging] {
        log.set_outage(outage);
        assert_eq!(next(&mut events).await, [""; 0]);
        log.set_outage(None);
        publish(&hub, "a", "1").await;
        publish(&hub, "a", "2").await;
        assert_eq!(next(&mut events).await, ["1", "2"], "{outage:?}");
    }
}

/// Whether this is an end that says no more than when to come again.
fn is_turned_away(ended: &[Encoded]) -> bool {
    let [retry] = ended else { return false };
    let retry = std::str::from_utf8(retry.bytes()).expect("text");
    let retry = retry.strip_prefix("retry: ").and_then(|retry| retry.strip_suffix("\n\n"));
    retry.is_some_and(|retry| (1000..5000).contains(&retry.parse().unwrap_or(0)))
}

#[tokio::test(start_paused = true)]
async fn health_tells_of_a_log_that_is_out_of_reach() {
    let log = MemoryLog::new();
    let hub = node(&log).await;
    let is = |hub: &Hub| {
        let health = hub.health();
        (health.is_well(), health.is_ready(), health.down_for().is_some())
    };
    assert_eq!(is(&hub), (true, true, false));
    assert_eq!(hub.health().to_string(), "well");
    for (outage, is_ready) in [(Outage::Unreachable, true), (Outage::Fatal, false)] {
        log.set_outage(outage);
        sleep(Duration::from_secs(100)).await;
        assert_eq!(is(&hub), (false, is_ready, true), "{outage:?}");
        let health = hub.health();
        let down = health.down_for().expect("it is down");
        assert!(down > Duration::from_secs(98), "{health}");
        assert!(health.to_string().starts_with("log out of reach for "), "{health}");
        assert!(health.cause().is_some_and(|cause| !cause.is_empty()), "{health}");
        log.set_outage(None);
        sleep(SOON).await;
        assert_eq!(is(&hub), (true, true, false), "{outage:?}");
    }
    let (hub, driver) = Hub::builder().open(log).await.expect("the log is well");
    assert_eq!(is(&hub), (true, true, false));
    drop(driver);
    assert_eq!(is(&hub), (false, false, false));
    assert_eq!(is(&Hub::new()), (true, true, false));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_a_log_that_is_away_is_turned_away() {
    let log = MemoryLog::new();
    let hub = node_that_keeps(&log, 1).await;
    let first = publish(&hub, "a", "0").await;
    publish(&hub, "a", "1").await;
    let last = publish(&hub, "a", "2").await;
    hub.reached(&last).await.expect("an id of the log");
    log.set_outage(Outage::Unreachable);
    sleep(Duration::from_millis(1500)).await;
    // It needs what is not remembered, and waits for it, but not for ever.
    let waits = tokio::spawn(after(&hub, "a", &first).collect::<Vec<_>>());
    let ended = timeout(Duration::from_secs(3), waits).await.expect("it ends").expect("no panic");
    assert!(is_turned_away(&ended), "{ended:?}");
    // Who needs no more than that stays, and has what comes.
    let mut stays = after(&hub, "a", &last);
    assert_eq!(next(&mut stays).await, [r#"event: resumed {"replayed":0}"#]);
    log.set_outage(None);
    publish(&hub, "a", "3").await;
    assert_eq!(next(&mut stays).await, ["3"]);
    assert_eq!(next(&mut after(&hub, "a", &first)).await.len(), 4);
    assert_eq!(hub.stats().turned_away, 1);
}

#[tokio::test(start_paused = true)]
async fn an_isolated_hub_ends_its_streams_until_the_log_is_back() {
    let log = MemoryLog::new();
    let builder = Hub::builder().with_isolation(Duration::from_secs(30));
    let (hub, driver) = builder.open(log.clone()).await.expect("the log is well");
    tokio::spawn(driver.run());
    let live = |topic: &str| hub.subscribe([topic]).expect("a short name");
    let id = publish(&hub, "a", "0").await;
    let streams: Vec<_> = (0..100).map(|n| live(["a", "b"][n % 2])).collect();
    let streams: Vec<_> =
        streams.into_iter().map(|stream| tokio::spawn(stream.collect::<Vec<_>>())).collect();
    hub.reached(&id).await.expect("an id of the log");

    log.set_outage(Outage::Unreachable);
    sleep(Duration::from_secs(29)).await;
    assert!(hub.health().is_ready() && !streams.iter().any(tokio::task::JoinHandle::is_finished));
    sleep(Duration::from_secs(3)).await;
    assert!(!hub.health().is_ready() && hub.health().is_isolated(), "{}", hub.health());
    for stream in streams {
        let mut ended = stream.now_or_never().expect("it has ended").expect("no panic");
        let last = ended.pop().expect("something");
        assert!(is_turned_away(&[last]));
    }
    let new = live("a").collect::<Vec<_>>().now_or_never().expect("it ends at once");
    assert!(is_turned_away(&new));
    assert_eq!(hub.stats().turned_away, 101);

    log.set_outage(None);
    sleep(SOON).await;
    assert!(hub.health().is_well());
    let mut back = after(&hub, "a", &id);
    publish(&hub, "a", "1").await;
    assert_eq!(next(&mut back).await, [r#"event: resumed {"replayed":0}"#, "1"]);
}

#[tokio::test(start_paused = true)]
async fn whose_place_the_log_has_lost_is_told() {
    let log = MemoryLog::new();
    let hub = node(&log).await;
    for n in 0..5 {
        let id = publish(&hub, "a", &n.to_string()).await;
        hub.reached(&id).await.expect("an id of the log");
    }
    let mut live = hub.subscribe(["a"]).expect("a short name");
    assert_eq!(next(&mut live).await, [""; 0]);
    let lost = hub.head();
    log.lose(2);
    let gap = r#"event: gap {"reason":"reset","topics":["a"],"from":"oldest"}"#;
    assert_eq!(next(&mut live).await[..4], [gap, "0", "1", "2"]);
    publish(&hub, "a", "other").await;
    publish(&hub, "a", "others").await;
    assert_eq!(next(&mut live).await, ["other", "others"]);
    // The position was given again; the check tells.
    assert_eq!(next(&mut after(&hub, "a", &lost)).await[0], gap);

    log.begin_anew();
    assert_eq!(next(&mut live).await[0], gap);
    publish(&hub, "a", "new").await;
    assert_eq!(next(&mut live).await, ["new"]);
    let foreign = gap.replace("reset", "foreign");
    assert_eq!(next(&mut after(&hub, "a", &lost)).await[..2], [&*foreign, "new"]);
}

#[tokio::test(start_paused = true)]
async fn a_replay_has_an_end() {
    let log = MemoryLog::new();
    let retention = Retention::new().with_count(1);
    let builder = Hub::builder().with_retention(retention).with_max_replay(600);
    let (hub, driver) = builder.open(log.clone()).await.expect("the log is well");
    tokio::spawn(driver.run());
    let first = publish(&hub, "a", "0").await;
    for n in 1..2000 {
        publish(&hub, "a", &n.to_string()).await;
    }
    let seen = next(&mut after(&hub, "a", &first)).await;
    let gap = r#"event: gap {"reason":"too-old","topics":["a"],"from":"oldest"}"#;
    assert_eq!(seen.last().map(String::as_str), Some("1999"));
    assert_eq!(seen.iter().filter(|event| *event == gap).count(), 1);
    assert!(seen.len() < 1500, "{}", seen.len());
}

#[tokio::test(start_paused = true)]
async fn the_driver_ends_with_the_hub() {
    let log = MemoryLog::new();
    let (hub, driver) = Hub::builder().open(log).await.expect("the log is well");
    let driver = tokio::spawn(driver.run());
    let events = hub.subscribe(["a"]).expect("a short name");
    drop(hub);
    sleep(SOON).await;
    assert!(!driver.is_finished(), "a subscriber still wants it");
    drop(events);
    timeout(SOON, driver).await.expect("it ends").expect("no panic");
}

#[tokio::test(start_paused = true)]
async fn however_many_catch_up_from_wherever_none_is_forgotten() {
    let log = MemoryLog::new();
    let hub = node_that_keeps(&log, 1).await;
    let mut ids = Vec::new();
    for n in 0..1500 {
        ids.push(publish(&hub, "a", &n.to_string()).await);
    }
    sleep(SOON).await;
    let back = ids.iter().enumerate().map(|(n, id)| {
        let mut events = after(&hub, "a", id);
        (n, tokio::spawn(async move { next(&mut events).await.len() }))
    });
    for (n, seen) in back.collect::<Vec<_>>() {
        assert_eq!(seen.await.expect("no panic"), 1500 - n, "after {n}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_nobody_waits_for_any_more_is_not_read() {
    let log = MemoryLog::new();
    let hub = node_that_keeps(&log, 1).await;
    let id = publish(&hub, "a", "0").await;
    hub.reached(&id).await.expect("an id of the log");
    log.set_outage(Outage::Unreachable);
    sleep(SOON).await;
    let (tag, _) = id.as_str().split_once('.').expect("an id of a hub");
    for n in 2..5_000 {
        let forged = EventId::new(format!("{tag}.{n}~00000000")).expect("an id");
        // Nobody knows when the log is back.
        let ended = after(&hub, "a", &forged).collect::<Vec<_>>().now_or_never();
        assert!(is_turned_away(&ended.expect("it waits for nothing")), "{forged}");
    }
    let before = log.reads();
    log.set_outage(None);
    sleep(SOON).await;
    assert!(log.reads() - before < 10, "{} reads", log.reads() - before);
}

#[tokio::test(start_paused = true)]
async fn who_is_ahead_of_the_hub_is_told_when_the_log_loses_that() {
    let log = MemoryLog::new();
    let here = node(&log).await;
    for n in 0..5 {
        let id = publish(&here, "a", &n.to_string()).await;
        here.reached(&id).await.expect("an id of the log");
    }
    // Its driver does not run: it stays behind.
    let (there, driver) = Hub::builder().open(log.clone()).await.expect("the log is well");
    let mut last = here.head();
    for n in 5..8 {
        last = publish(&here, "a", &n.to_string()).await;
    }
    let driver = tokio::spawn(driver.run());
    let mut ahead = after(&there, "a", &last);
    assert_eq!(next(&mut ahead).await, [r#"event: resumed {"replayed":0}"#]);
    log.lose(3);
    for n in 0..5 {
        publish(&here, "a", &format!("new {n}")).await;
    }
    let seen = next(&mut ahead).await;
    assert!(seen[0].starts_with("event: gap"), "{seen:?}");
    assert!(seen.contains(&"new 0".to_owned()));
    drop(driver);
}

#[tokio::test(start_paused = true)]
async fn what_was_told_of_one_log_says_nothing_of_another() {
    use tower_sse_hub::AfterGap;

    let log = MemoryLog::new();
    let hub = node_that_keeps(&log, 2).await;
    for n in 0..100 {
        let id = publish(&hub, "a", &n.to_string()).await;
        hub.reached(&id).await.expect("an id of the log");
    }
    let events = hub.subscribe(["a"]).expect("a short name").with_start(Start::Oldest);
    let mut events = events.with_after_gap(AfterGap::Live);
    assert_eq!(next(&mut events).await, ["98", "99"]);
    log.begin_anew();
    log.trim(0);
    assert_eq!(next(&mut events).await.len(), 1, "the gap");
    for n in 0..20 {
        publish(&hub, "a", &n.to_string()).await;
    }
    let seen = next(&mut events).await;
    let all: Vec<_> = (0..20).map(|n| n.to_string()).collect();
    assert!(seen == all || seen[0].starts_with("event: gap"), "{seen:?}");
}
