//! What is in an entry comes back as it was.

use std::time::Duration;

use tower_sse_codec::{Event, EventName};

use super::kit::{append, read_on, tail, topic};
use crate::log::{Content, Log, NewEntry, ReadFrom};
use crate::{Mark, TopicName};

pub(super) async fn gives_events_back(log: &dyn Log) {
    let texts = [
        "",
        " ",
        "a",
        "a\nb",
        "a\rb",
        "a\r\nb",
        "\n",
        "\r",
        "\r\n",
        "\n\r",
        "a\n\n",
        "\n\na",
        "\0",
        "\u{feff}",
        ": a",
        "data: a",
        "id: 1\n\n",
        "\u{85}\u{2028}",
        "\"{}\"",
        "gr\u{fc}n \u{1f980}",
    ];
    let retries = [Duration::ZERO, Duration::from_millis(1500), Event::MAX_RETRY];
    let name = |text: &str| EventName::new(text).expect("name of an event in the suite is valid");
    let mut events = vec![Event::default(), Event::new("x".repeat(256 << 10))];
    events.extend(texts.iter().map(|text| Event::new(*text)));
    events.extend(texts.iter().map(|text| Event::default().with_comment(*text)));
    events.extend(retries.iter().map(|retry| Event::default().with_retry(*retry)));
    events.extend(
        ["tick", " a: b\0 ", "\u{1f980}"].map(|text| Event::default().with_name(name(text))),
    );
    events.push(
        Event::new("a\r\nb")
            .with_name(name("tick"))
            .with_retry(retries[1])
            .with_comment("one\rtwo"),
    );
    let content = events.into_iter().map(|event| (topic("news"), Content::Event(event)));
    check(log, content.collect()).await;
}

pub(super) async fn gives_ends_back(log: &dyn Log) {
    let event = || Content::Event(Event::new("data"));
    let ended =
        [("a", event()), ("a", Content::End), ("b", event()), ("a", event()), ("b", Content::End)];
    check(log, ended.into_iter().map(|(name, content)| (topic(name), content)).collect()).await;
}

pub(super) async fn takes_topics_of_any_name(log: &dyn Log) {
    let longest = "\u{1f980}".repeat(TopicName::MAX_LEN / 4);
    let names = [
        "",
        " ",
        "a",
        "A",
        "a.b",
        "a..b",
        ".",
        "*",
        ">",
        "a.*.>",
        "a b",
        "a\nb",
        "a\r\nb",
        "\0",
        "%41",
        "_41",
        "=",
        "$SYS",
        "a/b?c#d",
        "{a}",
        "gr\u{fc}n",
        "gru\u{308}n",
        &longest,
    ];
    let event = || Content::Event(Event::new("data"));
    check(log, names.iter().map(|name| (topic(name), event())).collect()).await;
}

/// Appends these, and looks whether they come back equal, by reading and by a tail.
async fn check(log: &dyn Log, all: Vec<(TopicName, Content)>) {
    for (topic, content) in &all {
        append(log, NewEntry::new(topic.clone(), content.clone(), None)).await;
    }
    let read = read_on(log, ReadFrom::Oldest, 1000).await;
    let mut follower = tail(log, Mark::default()).await;
    follower.follow(all.len()).await;
    for entries in [read, follower.entries] {
        let entries = entries.into_iter().map(|entry| (entry.topic, entry.content));
        assert_eq!(entries.collect::<Vec<_>>(), all);
    }
}
