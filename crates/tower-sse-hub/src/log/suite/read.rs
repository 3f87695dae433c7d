//! Reading.

use super::kit::{fill, marks, read, read_on, unknown};
use crate::log::{Broken, Log, ReadFrom};
use crate::{Mark, Position};

pub(super) async fn reads_nothing_of_nothing(log: &dyn Log) {
    let start = Mark::default();
    for from in [ReadFrom::After(start), ReadFrom::Oldest, ReadFrom::Newest] {
        let page = read(log, from, 10).await;
        assert!(page.entries.is_empty());
        assert_eq!((page.continuity, page.upto, page.at_head), (None, start, true), "{from:?}");
    }
    let forged = Mark { position: Position::new(1, 0), check: 1 };
    assert_eq!(read(log, ReadFrom::After(forged), 10).await.continuity, Some(Broken::Reset));
}

pub(super) async fn reads_in_pages(log: &dyn Log) {
    let all = fill(log, 100).await;
    for most in [1, 7, 50, 99, 100, 101, 1000] {
        for from in [ReadFrom::Oldest, ReadFrom::After(Mark::default())] {
            assert_eq!(marks(&read_on(log, from, most).await), all, "{from:?} in pages of {most}");
        }
    }
    let page = read(log, ReadFrom::Oldest, 99).await;
    assert!(!page.at_head, "one is left");
}

pub(super) async fn reads_the_newest(log: &dyn Log) {
    let all = fill(log, 20).await;
    for most in [1, 3, 20] {
        let newest = read_on(log, ReadFrom::Newest, most).await;
        assert_eq!(marks(&newest), all[20 - most..], "the last {most}");
    }
    assert_eq!(marks(&read_on(log, ReadFrom::Newest, 1000).await), all);
}

pub(super) async fn reads_after_any_entry(log: &dyn Log) {
    let all = fill(log, 20).await;
    for (place, mark) in all.iter().enumerate() {
        let rest = read_on(log, ReadFrom::After(*mark), 7).await;
        assert_eq!(marks(&rest), all[place + 1..], "after {mark:?}");
    }
    let at_head = read(log, ReadFrom::After(all[19]), 7).await;
    assert_eq!((at_head.upto, at_head.at_head), (all[19], true));
}

pub(super) async fn knows_what_it_never_gave(log: &dyn Log) {
    let all = fill(log, 20).await;
    for mark in unknown(all[10], all[19]) {
        let page = read(log, ReadFrom::After(mark), 7).await;
        assert_eq!(page.continuity, Some(Broken::Reset), "after {mark:?}");
    }
}
