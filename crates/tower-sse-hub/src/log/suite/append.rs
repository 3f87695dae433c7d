//! Opening and appending.

use std::collections::BTreeMap;

use super::kit::{append, fill, marks, news, patiently, read_on};
use crate::Mark;
use crate::log::{Appended, Log, NewEntry, Opened, ReadFrom};

pub(super) async fn opens_empty(log: &dyn Log) {
    let opened = open(log).await;
    assert_eq!(opened.oldest, None);
    assert_eq!(opened.newest, Mark::default());
    let tag = &opened.tag;
    assert!((1..=12).contains(&tag.len()), "tag has up to 12 characters: {tag}");
    let is_plain = |c: char| c.is_ascii_digit() || c.is_ascii_lowercase();
    assert!(tag.chars().all(is_plain), "tag has digits and lower case letters: {tag}");
}

pub(super) async fn opens_with_what_it_has(log: &dyn Log) {
    let before = open(log).await;
    let marks = fill(log, 3).await;
    let opened = open(log).await;
    assert_eq!(opened.tag, before.tag);
    assert_eq!(opened.oldest, Some(marks[0]));
    assert_eq!(opened.newest, marks[2]);
}

pub(super) async fn orders_what_comes_at_once(log: &dyn Log) {
    let each = 25;
    let parts = tokio::join!(fill(log, each), fill(log, each), fill(log, each), fill(log, each));
    let all: Vec<_> = [parts.0, parts.1, parts.2, parts.3].concat();
    let in_order: BTreeMap<_, _> = all.iter().map(|mark| (mark.position, *mark)).collect();
    assert_eq!(in_order.len(), 4 * each, "each has a position of its own");
    let entries = read_on(log, ReadFrom::Oldest, 1000).await;
    assert_eq!(marks(&entries), in_order.into_values().collect::<Vec<_>>());
}

/// By its check an entry is told from another of the same position; it says nothing of what is in it.
pub(super) async fn checks_tell_entries_apart(log: &dyn Log) {
    let mut checks = Vec::new();
    for _ in 0..20 {
        checks.push(append(log, news("same")).await.check);
    }
    checks.sort_unstable();
    checks.dedup();
    assert!(checks.len() > 10, "checks of 20 equal entries differ: {checks:?}");
}

pub(super) async fn stores_a_message_id_once(log: &dyn Log) {
    let (first, second) = tokio::join!(send(log, "one", "id"), send(log, "two", "id"));
    assert_eq!(first.mark, second.mark);
    assert!(first.duplicate != second.duplicate, "one of them is the first");
    append(log, news("between")).await;
    let third = send(log, "three", "id").await;
    assert_eq!(third, Appended { mark: first.mark, duplicate: true });
    let entries = read_on(log, ReadFrom::Oldest, 1000).await;
    assert_eq!(entries.len(), 2);
    assert_eq!(entries[0].mark, first.mark);
}

pub(super) async fn tells_message_ids_apart(log: &dyn Log) {
    let ids = ["1", "01", " 1", "1 ", "1\n", "1\r\n", "1\0", "a:b", "%31", "ü", "u\u{308}", "*.>"];
    let mut marks = Vec::new();
    for id in ids {
        let appended = send(log, "data", id).await;
        assert!(!appended.duplicate, "{id:?} is new");
        marks.push(appended.mark);
    }
    for (id, mark) in ids.into_iter().zip(marks) {
        assert_eq!(send(log, "data", id).await, Appended { mark, duplicate: true }, "{id:?}");
    }
}

pub(super) async fn stores_equals_without_id(log: &dyn Log) {
    append(log, news("same")).await;
    append(log, news("same")).await;
    assert_eq!(read_on(log, ReadFrom::Oldest, 1000).await.len(), 2);
}

async fn open(log: &dyn Log) -> Opened {
    patiently(log.open()).await.expect("log can be opened")
}

async fn send(log: &dyn Log, data: &str, id: &str) -> Appended {
    let entry = NewEntry { message_id: Some(id.into()), ..news(data) };
    patiently(log.append(entry)).await.expect("entry is stored, or was")
}
