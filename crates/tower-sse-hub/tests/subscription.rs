//! What a subscriber sees.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt};
use tower_sse_hub::{
    AfterGap, Encoded, Event, EventId, Hub, Lag, Lagged, LastEventId, PublishError, Retention,
    Start, SubscribeError, Subscription, TellingLag, TopicName,
};

/// All that is ready now; the stream must not be at its end.
fn ready(events: &mut Subscription) -> Vec<String> {
    let mut seen = Vec::new();
    while let Some(item) = events.next().now_or_never() {
        seen.extend(texts(&item.expect("an open stream")));
    }
    seen
}

/// All that is left.
fn rest(events: &mut Subscription) -> Vec<String> {
    let items = events.map(|item| texts(&item)).collect::<Vec<_>>();
    items.now_or_never().expect("the end").concat()
}

/// Name and data of each event, without the id.
fn texts(item: &Encoded) -> Vec<String> {
    let wire = std::str::from_utf8(item.bytes()).expect("text");
    let events: Vec<_> = wire.split_terminator("\n\n").map(text).collect();
    assert_eq!(events.len(), item.events());
    events
}

fn text(event: &str) -> String {
    let lines = event.lines().filter(|line| !line.starts_with("id: "));
    lines.map(|line| line.trim_start_matches("data: ")).collect::<Vec<_>>().join(" ")
}

/// Name, data and id of each event that is ready.
fn ready_with_ids(events: &mut Subscription) -> Vec<(String, Option<String>)> {
    let mut seen = Vec::new();
    while let Some(Some(item)) = events.next().now_or_never() {
        let wire = std::str::from_utf8(item.bytes()).expect("text").to_owned();
        seen.extend(wire.split_terminator("\n\n").map(|event| {
            let id = event.lines().find_map(|line| line.strip_prefix("id: "));
            (text(event), id.map(str::to_owned))
        }));
    }
    seen
}

fn publish(hub: &Hub, topic: &str, data: &str) -> EventId {
    hub.publish_now(topic, Event::new(data)).expect("published")
}

fn after(id: &EventId) -> LastEventId {
    LastEventId::Id(id.clone())
}

fn keeps(count: usize) -> Hub {
    Hub::with_retention(Retention::new().with_count(count))
}

fn subscribe<const N: usize>(hub: &Hub, topics: [&str; N]) -> Subscription {
    hub.subscribe(topics).expect("few topics")
}

#[test]
fn begins_live_at_the_oldest_or_at_the_last() {
    let hub = Hub::new();
    for n in 0..5 {
        publish(&hub, if n % 2 == 0 { "even" } else { "odd" }, &n.to_string());
    }
    let start = |start| ready(&mut subscribe(&hub, ["even", "odd"]).with_start(start));
    assert_eq!(start(Start::Live), [""; 0]);
    assert_eq!(start(Start::Oldest), ["0", "1", "2", "3", "4"]);
    assert_eq!(start(Start::Last(0)), [""; 0]);
    assert_eq!(start(Start::Last(2)), ["3", "4"]);
    assert_eq!(start(Start::Last(9)), ["0", "1", "2", "3", "4"]);
    assert_eq!(ready(&mut subscribe(&hub, ["even"]).with_start(Start::Last(2))), ["2", "4"]);

    let mut live = subscribe(&hub, ["odd", "odd"]);
    publish(&hub, "odd", "5");
    publish(&hub, "even", "6");
    assert_eq!(ready(&mut live), ["5"]);
}

#[test]
fn each_topic_may_begin_elsewhere() {
    let hub = keeps(5);
    for n in 0..20 {
        publish(&hub, if n % 4 == 0 { "chat" } else { "numbers" }, &n.to_string());
    }
    let begin = || subscribe(&hub, ["chat", "numbers"]).with_topic_start("chat", Start::Last(3));
    assert_eq!(ready(&mut begin()), ["8", "12", "16"]);
    let mut both = begin().with_start(Start::Last(2)).with_topic_start("no such", Start::Oldest);
    assert_eq!(ready(&mut both), ["8", "12", "16", "18", "19"]);
    let mut one_live = begin().with_start(Start::Oldest).with_topic_start("chat", Start::Live);
    assert_eq!(ready(&mut one_live), ["14", "15", "17", "18", "19"]);
    publish(&hub, "numbers", "20");
    publish(&hub, "chat", "21");
    for events in [&mut both, &mut one_live] {
        assert_eq!(ready(events), ["20", "21"]);
    }
}

#[test]
fn a_gap_of_one_topic_is_told_whatever_others_have_forgotten() {
    let hub = keeps(2);
    for _ in 0..50 {
        publish(&hub, "busy", "x");
    }
    publish(&hub, "a", "1");
    let mut events = subscribe(&hub, ["a", "busy"]).with_start(Start::Oldest).with_lag(Lag::Skip);
    assert!(!events.is_over(), "it begins");
    for n in 2..=4 {
        publish(&hub, "a", &n.to_string());
    }
    let seen = ready(&mut events);
    assert_eq!(seen[0], r#"event: gap {"reason":"trimmed","topics":["a"],"from":"oldest"}"#);
    assert_eq!(seen[1..], ["x", "x", "3", "4"]);
}

#[test]
fn resumes_after_any_id_of_any_of_its_topics() {
    let hub = Hub::new();
    let ids: Vec<_> =
        (0..6).map(|n| publish(&hub, ["a", "b", "c"][n % 3], &n.to_string())).collect();
    for (n, id) in ids.iter().enumerate() {
        let mut events = subscribe(&hub, ["a", "b"]).with_last_event_id(after(id)).with_resumed();
        let left: Vec<_> = (n + 1..6).filter(|n| n % 3 != 2).map(|n| n.to_string()).collect();
        let resumed = format!(r#"event: resumed {{"replayed":{}}}"#, left.len());
        assert_eq!(ready(&mut events), [vec![resumed], left].concat());
    }
}

#[test]
fn head_joins_a_snapshot_and_the_stream() {
    let hub = Hub::new();
    let empty = hub.head();
    publish(&hub, "a", "0");
    let head = hub.head();
    publish(&hub, "a", "1");
    assert_eq!(ready(&mut subscribe(&hub, ["a"]).with_last_event_id(after(&head))), ["1"]);
    assert_eq!(ready(&mut subscribe(&hub, ["a"]).with_last_event_id(after(&empty))), ["0", "1"]);
}

#[test]
fn tells_what_was_trimmed_and_goes_on_at_the_oldest() {
    let hub = keeps(2);
    let ids: Vec<_> = (0..4).map(|n| publish(&hub, "a", &n.to_string())).collect();
    publish(&hub, "b", "4");
    let seen = |id| ready(&mut subscribe(&hub, ["a", "b"]).with_last_event_id(after(id)));
    let gap = r#"event: gap {"reason":"trimmed","topics":["a"],"from":"oldest"}"#;
    assert_eq!(seen(&ids[0]), [gap, "2", "3", "4"]);
    // What comes next is the oldest: nothing is missing.
    assert_eq!(seen(&ids[1]), ["2", "3", "4"]);

    let mut live = subscribe(&hub, ["a", "b"])
        .with_last_event_id(after(&ids[0]))
        .with_after_gap(AfterGap::Live);
    let item = live.next().now_or_never().flatten().expect("a gap");
    assert_eq!(item.id(), Some(hub.head()));
    // Live passes over what "b" has as well.
    let gap = gap.replace("oldest", "live").replace(r#"["a"]"#, r#"["a","b"]"#);
    assert_eq!(texts(&item), [gap]);
    assert_eq!(ready(&mut live), [""; 0]);
}

#[test]
fn a_gap_before_a_replay_has_no_id_and_the_end_of_the_replay_has_one() {
    let hub = keeps(2);
    let ids: Vec<_> = (0..4).map(|n| publish(&hub, "a", &n.to_string())).collect();
    let id_only = publish(&hub, "other", "4");
    let mut events = subscribe(&hub, ["a"]).with_last_event_id(after(&ids[0]));
    let seen = ready_with_ids(&mut events);
    assert_eq!(seen[0].1, None);
    assert_eq!(seen[1], ("2".to_owned(), Some(ids[2].to_string())));
    assert_eq!(seen[2], ("3".to_owned(), Some(ids[3].to_string())));
    assert_eq!(seen[3], (String::new(), Some(id_only.to_string())));
    assert_eq!(seen.len(), 4);
}

#[test]
fn whatever_is_no_id_of_this_hub_is_a_gap() {
    let hub = Hub::new();
    let id = publish(&hub, "a", "0");
    let (tag, mark) = id.as_str().split_once('.').expect("an id of a hub");
    let (position, check) = mark.split_once('~').expect("an id of a hub");
    let gap =
        |reason| format!(r#"event: gap {{"reason":"{reason}","topics":["a"],"from":"oldest"}}"#);
    let seen = |id: &LastEventId| ready(&mut subscribe(&hub, ["a"]).with_last_event_id(id.clone()));

    let other = publish(&Hub::new(), "a", "0");
    let foreign =
        [other.to_string(), "17".into(), format!("{tag}.1"), "x".repeat(1024), "…".into()];
    for id in foreign.map(|id| LastEventId::from_bytes(id.as_bytes())) {
        assert_eq!(seen(&id), [&gap("foreign"), "0"], "{id:?}");
    }
    for id in [LastEventId::Unusable, LastEventId::from_bytes(&[0xFF; 10_240])] {
        assert_eq!(seen(&id), [&gap("foreign"), "0"], "{id:?}");
    }
    let forged = if check == "00000000" { "00000001" } else { "00000000" };
    for id in [format!("{tag}.{position}~{forged}"), format!("{tag}.{}~{check}", u64::MAX)] {
        let id = LastEventId::from_bytes(id.as_bytes());
        assert_eq!(seen(&id), [&gap("reset"), "0"], "{id:?}");
    }
    assert_eq!(seen(&LastEventId::Absent), [""; 0]);
}

#[test]
fn a_slow_reader_is_sent_away_or_told() {
    let hub = keeps(3);
    let mut away = subscribe(&hub, ["a"]);
    let mut told = subscribe(&hub, ["a"]).with_lag(Lag::Skip);
    let mut live = subscribe(&hub, ["a"]).with_lag(Lag::Skip).with_after_gap(AfterGap::Live);
    for n in 0..5 {
        publish(&hub, "a", &n.to_string());
    }
    assert_eq!(rest(&mut away), [""; 0]);
    let gap = r#"event: gap {"reason":"trimmed","topics":["a"],"from":"oldest"}"#;
    assert_eq!(ready(&mut told), [gap, "2", "3", "4"]);
    assert_eq!(ready(&mut live), [gap.replace("oldest", "live")]);
    publish(&hub, "a", "5");
    assert_eq!(ready(&mut told), ["5"]);
    assert_eq!(ready(&mut live), ["5"]);
}

#[test]
fn an_end_says_whether_it_is_one_of_a_slow_reader() {
    let hub = keeps(3);
    let mut slow = subscribe(&hub, ["a"]).telling_lag();
    let ends =
        |events: &mut TellingLag| events.collect::<Vec<_>>().now_or_never().expect("the end");
    for n in 0..5 {
        publish(&hub, "a", &n.to_string());
    }
    assert_eq!(ends(&mut slow), [Err(Lagged)]);
    assert_eq!(ends(&mut slow), [], "it is told once");

    let mut last = subscribe(&hub, ["a"]).telling_lag();
    hub.finish_now("a").expect("finished");
    assert_eq!(ends(&mut last), []);
}

#[test]
fn a_finished_topic_ends_the_stream_after_what_remains() {
    let hub = Hub::new();
    let first = publish(&hub, "a", "0");
    let mut early = subscribe(&hub, ["a"]);
    let mut both = subscribe(&hub, ["a", "b"]);
    let last = publish(&hub, "a", "1");
    let end = hub.finish_now("a").expect("finished");
    assert_eq!(hub.publish_now("a", Event::new("2")), Err(PublishError::Finished));
    assert_eq!(hub.finish_now("a"), Err(PublishError::Finished));
    assert_eq!(rest(&mut early), ["1"]);
    assert_eq!(rest(&mut early), [""; 0], "the end is the end, however often it is asked for");
    assert_eq!(ready(&mut both), ["1"]);
    publish(&hub, "b", "3");
    hub.finish_now("b").expect("finished");
    assert_eq!(rest(&mut both), ["3"]);

    let back = |id| subscribe(&hub, ["a"]).with_last_event_id(after(id));
    assert!(!back(&first).is_over());
    assert_eq!(rest(&mut back(&first)), ["1"]);
    for id in [&last, &end] {
        assert!(back(id).is_over());
        assert_eq!(rest(&mut back(id)), [""; 0]);
    }
    assert!(!subscribe(&hub, ["a"]).with_start(Start::Oldest).is_over());
    assert!(!subscribe(&hub, ["a"]).with_last_event_id(LastEventId::Unusable).is_over());
}

#[test]
fn says_no_to_what_it_cannot_do() {
    let hub = Hub::with_retention(Retention::new().with_bytes(1000));
    let long = "x".repeat(TopicName::MAX_LEN + 1);
    assert!(matches!(hub.publish_now(&*long, Event::new("")), Err(PublishError::TopicName(_))));
    assert!(matches!(hub.subscribe([long]), Err(SubscribeError::TopicName(_))));
    let named = Event::new("").with_id(EventId::from(1));
    assert_eq!(hub.publish_now("a", named), Err(PublishError::HasId));
    assert_eq!(hub.publish_now("a", Event::new("x".repeat(1000))), Err(PublishError::TooLarge));
    let many = (0..65).map(|n| n.to_string());
    assert!(matches!(hub.subscribe(many), Err(SubscribeError::TooManyTopics)));
    assert_eq!(hub.stats().topics, 0);
}

#[tokio::test(start_paused = true)]
async fn a_topic_that_nobody_uses_is_forgotten_with_its_history() {
    let hub = Hub::with_retention(Retention::new().with_age(Duration::from_secs(60)));
    let ids: Vec<_> = (0..100).map(|n| publish(&hub, &n.to_string(), "x")).collect();
    let used = subscribe(&hub, ["7"]);
    assert_eq!((hub.stats().topics, hub.subscribers("7"), hub.subscribers("8")), (100, 1, 0));
    tokio::time::advance(Duration::from_secs(60)).await;
    publish(&hub, "new", "x");
    publish(&hub, "new", "x");
    assert_eq!(hub.stats().topics, 2);
    drop(used);
    assert_eq!((hub.stats().topics, hub.subscribers("7")), (1, 0));

    // What was forgotten is still known to be. Topics share the places where that is noted, so
    // that a few are told of a gap that is none.
    let back = |n: usize, id| {
        let mut events = subscribe(&hub, [&*n.to_string()]).with_last_event_id(after(id));
        ready(&mut events).concat()
    };
    for n in 1..100 {
        let gap = format!(r#"event: gap {{"reason":"trimmed","topics":["{n}"],"from":"oldest"}}"#);
        assert_eq!(back(n, &ids[n - 1]), gap);
    }
    let told = (0..100).filter(|&n| !back(n, &ids[n]).is_empty()).count();
    assert!(told < 20, "{told} of 100");
}

#[tokio::test]
async fn wakes_who_waits() {
    let hub = Hub::new();
    let mut events = subscribe(&hub, ["a", "b"]);
    let waits =
        tokio::spawn(async move { (texts(&events.next().await.expect("an event")), events) });
    tokio::task::yield_now().await;
    publish(&hub, "b", "1");
    let (seen, mut events) = waits.await.expect("no panic");
    assert_eq!(seen, ["1"]);
    assert_eq!(ready(&mut events), [""; 0]);
}

#[test]
fn a_checkpoint_keeps_the_place_of_a_quiet_subscriber_fresh() {
    let hub = keeps(5);
    let mut events = subscribe(&hub, ["quiet"]);
    let mut checkpoint = events.checkpoints();
    let comment = Event::default().with_comment("");
    assert_eq!(checkpoint(), comment, "nothing is known before it is read");
    assert_eq!(ready(&mut events), [""; 0]);
    assert_eq!(checkpoint().id(), Some(&hub.head()));
    assert_eq!(checkpoint(), comment);

    let unread = publish(&hub, "quiet", "0");
    publish(&hub, "busy", "1");
    assert_eq!(checkpoint(), comment, "what is unread is not passed over");
    assert_eq!(ready(&mut events), ["0"]);
    let id = checkpoint().id().cloned().expect("an id");
    assert_eq!(id, hub.head());
    assert_ne!(id, unread);

    // It is a place like any other.
    for n in 2..20 {
        publish(&hub, "busy", &n.to_string());
    }
    let mut again = subscribe(&hub, ["quiet"]).with_last_event_id(after(&id)).with_resumed();
    assert_eq!(ready(&mut again), [r#"event: resumed {"replayed":0}"#]);
}

#[test]
fn no_checkpoint_hides_a_gap() {
    let hub = keeps(1);
    let mut events = subscribe(&hub, ["a"]).with_last_event_id(LastEventId::Unusable);
    publish(&hub, "a", "0");
    let mut checkpoint = events.checkpoints();
    assert!(checkpoint().id().is_none());
    let gap = events.next().now_or_never().flatten().expect("a gap");
    assert!(texts(&gap)[0].contains("foreign"));
    assert!(checkpoint().id().is_none());
    assert_eq!(ready(&mut events), ["0"]);
    assert_eq!(checkpoint().id(), None, "the client has this id already");
    publish(&hub, "b", "");
    assert_eq!(ready(&mut events), [""; 0]);
    assert_eq!(checkpoint().id(), Some(&hub.head()));

    // It is too slow, and does not know it yet.
    let mut slow = subscribe(&hub, ["a"]);
    let mut checkpoint = slow.checkpoints();
    assert_eq!(ready(&mut slow), [""; 0]);
    let before = checkpoint().id().cloned();
    publish(&hub, "a", "1");
    publish(&hub, "a", "2");
    assert!(checkpoint().id().is_none_or(|id| Some(id) == before.as_ref()));
    assert_eq!(rest(&mut slow), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn a_producer_runs_only_while_somebody_listens() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};

    let hub = Hub::new();
    let (runs, ticks) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let counts = (runs.clone(), ticks.clone());
    let mut demand = hub.demand("a").expect("a short name");
    tokio::spawn(async move {
        let produce = || {
            counts.0.fetch_add(1, Ordering::Relaxed);
            let ticks = counts.1.clone();
            async move {
                loop {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    ticks.fetch_add(1, Ordering::Relaxed);
                }
            }
        };
        demand.meet(Duration::from_secs(10), produce).await;
    });
    let wait = |seconds| tokio::time::sleep(Duration::from_secs(seconds));
    let seen = || (runs.load(Ordering::Relaxed), ticks.load(Ordering::Relaxed));
    wait(100).await;
    assert_eq!(seen(), (0, 0));
    let first = subscribe(&hub, ["a"]);
    wait(5).await;
    drop(first);
    // Somebody comes within the time, and it goes on.
    wait(5).await;
    let second = subscribe(&hub, ["a", "b"]);
    wait(20).await;
    let (run, ticked) = seen();
    assert_eq!(run, 1);
    assert!((29..=30).contains(&ticked), "{ticked}");
    drop(second);
    wait(100).await;
    let (_, ticked) = seen();
    assert!((38..=40).contains(&ticked), "{ticked}");
    let _third = subscribe(&hub, ["a"]);
    wait(1).await;
    assert_eq!(seen().0, 2);
}

fn keyed(retention: Retention) -> Hub {
    let key =
        |_: &TopicName, event: &Event| event.data()?.split_once('=').map(|(key, _)| key.into());
    Hub::builder().with_retention(retention).with_key(key).build()
}

#[test]
fn the_newest_of_each_key_outlives_the_bounds() {
    let hub = keyed(Retention::new().with_count(2));
    let mut slow = subscribe(&hub, ["a"]).with_lag(Lag::Latest);
    for data in ["x=1", "y=1", "x=2", "z=1", "x=3", "w=1"] {
        publish(&hub, "a", data);
    }
    assert_eq!(ready(&mut slow), ["y=1", "z=1", "x=3", "w=1"]);
    let mut new = subscribe(&hub, ["a"]).with_lag(Lag::Latest).with_start(Start::Oldest);
    assert_eq!(ready(&mut new), ["y=1", "z=1", "x=3", "w=1"]);
    assert_eq!(hub.stats().lagged.conflated, 4);

    // What has no key has no successor.
    let mut slow = subscribe(&hub, ["a"]).with_lag(Lag::Latest);
    for data in ["no key", "x=4", "x=5", "x=6"] {
        publish(&hub, "a", data);
    }
    let seen = ready(&mut slow);
    assert!(seen[0].starts_with("event: gap"), "{seen:?}");
    assert_eq!(seen[seen.len() - 2..], ["x=5", "x=6"]);
}

#[test]
fn a_key_beyond_the_cap_is_a_gap() {
    let hub = keyed(Retention::new().with_count(1).with_keys(2));
    let mut slow = subscribe(&hub, ["a"]).with_lag(Lag::Latest).with_start(Start::Oldest);
    publish(&hub, "a", "k1=1");
    assert_eq!(ready(&mut slow), ["k1=1"]);
    for key in 2..=5 {
        publish(&hub, "a", &format!("k{key}=1"));
    }
    let seen = ready(&mut slow);
    assert!(seen[0].starts_with("event: gap"), "k2 is lost: {seen:?}");
    assert_eq!(seen[1..], ["k3=1", "k4=1", "k5=1"]);
}

#[test]
fn all_that_is_kept_for_its_key_is_given() {
    let hub = keyed(Retention::new().with_bytes(220));
    let mut slow = subscribe(&hub, ["a"]).with_lag(Lag::Latest);
    for key in ["x", "y", "z"] {
        publish(&hub, "a", &format!("{}={}", key.repeat(20), "v".repeat(30)));
    }
    assert_eq!(ready(&mut slow).len(), 3);
    let large = Event::new(format!("{}=1", "k".repeat(120)));
    assert_eq!(hub.publish_now("a", large), Err(PublishError::TooLarge));
}

#[test]
fn a_key_function_that_panics_spoils_one_event_only() {
    let key = |_: &TopicName, event: &Event| -> Option<tower_sse_hub::Text> {
        assert_ne!(event.data(), Some("bad"));
        None
    };
    let hub = Hub::builder().with_key(key).build();
    let mut events = subscribe(&hub, ["a"]);
    publish(&hub, "a", "1");
    assert_eq!(hub.publish_now("a", Event::new("bad")), Err(PublishError::KeyPanicked));
    publish(&hub, "a", "2");
    assert_eq!(ready(&mut events), ["1", "2"]);
}

#[tokio::test(start_paused = true)]
async fn the_end_comes_after_the_end_of_a_replay() {
    let hub = keeps(1);
    let first = publish(&hub, "a", "0");
    publish(&hub, "a", "1");
    let end = hub.finish_now("a").expect("finished");
    let mut events = subscribe(&hub, ["a"]).with_last_event_id(after(&first));
    let gap = events.next().await.expect("a gap");
    assert!(texts(&gap)[0].starts_with("event: gap"));
    assert_eq!(events.next().await.and_then(|item| item.id()), Some(end));
    assert_eq!(events.next().await, None);
}
