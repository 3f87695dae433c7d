//! What is trimmed is told.

use super::kit::{fill, marks, patiently, read, read_on, tail};
use crate::Mark;
use crate::log::{Broken, Log, Opened, Page, ReadFrom};

pub(super) async fn tells_what_was_trimmed(log: &dyn Log) {
    let (all, opened) = overfill(log).await;
    for mark in [Mark::default(), all[0]] {
        let page = read(log, ReadFrom::After(mark), 10).await;
        assert_eq!(page.continuity, Some(Broken::Trimmed), "after {mark:?}");
        let page = tail(log, mark).await.next().await;
        assert_eq!(page.continuity, Some(Broken::Trimmed), "tail after {mark:?}");
    }
    // Whether the last that was trimmed is known is up to the log; if so, nothing is missing.
    let kept = place(&all, opened.oldest);
    let page = read(log, ReadFrom::After(all[kept - 1]), 10).await;
    match page.continuity {
        None => assert_eq!(marks(&page.entries), all[kept..kept + page.entries.len()]),
        Some(broken) => assert_eq!(broken, Broken::Trimmed),
    }
}

pub(super) async fn reads_all_that_is_kept(log: &dyn Log) {
    let (all, opened) = overfill(log).await;
    let kept = place(&all, opened.oldest);
    assert_eq!(Some(&opened.newest), all.last());
    assert_eq!(marks(&read_on(log, ReadFrom::Oldest, 7).await), all[kept..]);
    assert_eq!(marks(&read_on(log, ReadFrom::After(all[kept]), 7).await), all[kept + 1..]);
    assert_eq!(marks(&read_on(log, ReadFrom::After(opened.newest), 7).await), []);
}

pub(super) async fn tells_a_reader_that_is_overtaken(log: &dyn Log) {
    let mut all = fill(log, 1).await;
    let mut seen = 1;
    for _ in 0..MOST / 20 {
        all.extend(fill(log, 20).await);
        let page = read(log, ReadFrom::After(all[seen - 1]), 10).await;
        if is_overtaken(&page, &all, &mut seen) {
            return;
        }
    }
    panic!("log trims nothing within {MOST} entries");
}

pub(super) async fn tells_a_tail_that_is_overtaken(log: &dyn Log) {
    let mut all = fill(log, 1).await;
    let mut follower = tail(log, all[0]).await;
    all.extend(overfill(log).await.0);
    let mut seen = 1;
    while seen < all.len() {
        let page = follower.next().await;
        if is_overtaken(&page, &all, &mut seen) {
            return;
        }
    }
}

/// Whether the page says that entries are missing; if not, none are.
fn is_overtaken(page: &Page, all: &[Mark], seen: &mut usize) -> bool {
    if let Some(broken) = page.continuity {
        assert_eq!(broken, Broken::Trimmed);
        return true;
    }
    let known = all[*seen - 1].position;
    let mut new = marks(&page.entries);
    new.retain(|mark| mark.position > known);
    assert_eq!(new, all[*seen..*seen + new.len()], "no entry is missing");
    *seen += new.len();
    false
}

/// Appends until the log has trimmed its first entry, and a few more.
async fn overfill(log: &dyn Log) -> (Vec<Mark>, Opened) {
    let mut all = Vec::new();
    while all.len() < MOST {
        all.extend(fill(log, 50).await);
        let opened = patiently(log.open()).await.expect("log can be opened");
        if place(&all, opened.oldest) > 1 {
            return (all, opened);
        }
    }
    panic!("log trims nothing within {MOST} entries");
}

/// By how many entries a log must have trimmed.
const MOST: usize = 20_000;

fn place(all: &[Mark], mark: Option<Mark>) -> usize {
    let mark = mark.expect("log keeps something");
    all.iter().position(|known| *known == mark).unwrap_or(0)
}
