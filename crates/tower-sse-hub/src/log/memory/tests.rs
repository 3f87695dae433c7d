//! What only a log in memory can show: how it fails.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, advance, timeout};
use tower_sse_codec::Event;

use super::{AppendFault, MemoryLog, Outage};
use crate::log::{AppendError, Appended, Broken, Content, Log, NewEntry, Page, ReadFrom};
use crate::{Mark, TopicName};

#[tokio::test(start_paused = true)]
async fn positions_are_dense_and_clones_share_them() {
    let log = MemoryLog::new();
    let positions = [fill(&log, 2).await, fill(&log.clone(), 2).await].concat();
    let positions: Vec<_> = positions.iter().map(|mark| mark.position.first()).collect();
    assert_eq!(positions, [1, 2, 3, 4]);
}

#[tokio::test(start_paused = true)]
async fn looks_at_the_entry_of_a_mark() {
    let log = MemoryLog::new();
    let marks = fill(&log, 10).await;
    let forged = |mark: Mark| Mark { check: mark.check ^ 1, ..mark };
    let look = async |mark| read(&log, ReadFrom::After(mark)).await.continuity;
    assert_eq!(look(Mark::default()).await, None);

    log.trim(4);
    assert_eq!(look(Mark::default()).await, Some(Broken::Trimmed));
    assert_eq!(look(marks[2]).await, Some(Broken::Trimmed));
    assert_eq!(look(marks[3]).await, None, "it was the last before the oldest");
    assert_eq!(look(forged(marks[3])).await, Some(Broken::Reset));
    assert_eq!(look(marks[4]).await, None);
    assert_eq!(look(forged(marks[4])).await, Some(Broken::Reset));
    assert_eq!(look(marks[9]).await, None);

    log.trim(100);
    assert_eq!(log.open().await.expect("opens").oldest, None);
    assert_eq!(look(marks[8]).await, Some(Broken::Trimmed));
    let page = read(&log, ReadFrom::After(marks[9])).await;
    assert_eq!((page.continuity, page.upto, page.at_head), (None, marks[9], true));
}

#[tokio::test(start_paused = true)]
async fn keeps_as_many_as_it_is_told() {
    let log = MemoryLog::new().with_count(3);
    let marks = fill(&log, 10).await;
    assert_eq!(of(&read(&log, ReadFrom::Oldest).await), marks[7..]);
    // A page after a break begins with the oldest, and one can go on from there.
    let page = read(&log, ReadFrom::After(marks[0])).await;
    assert_eq!((page.continuity, of(&page)), (Some(Broken::Trimmed), marks[7..].to_vec()));
    assert_eq!(read(&log, ReadFrom::After(page.upto)).await.continuity, None);
}

#[tokio::test(start_paused = true)]
async fn gives_lost_positions_again_with_other_checks() {
    let log = MemoryLog::new();
    let tag = log.open().await.expect("opens").tag;
    let lost = fill(&log, 5).await;
    append_id(&log, "kept").await;
    let forgotten = append_id(&log, "lost").await;
    log.lose(3);
    let opened = log.open().await.expect("opens");
    assert_eq!((opened.tag, opened.newest), (tag, lost[3]));
    assert_eq!(read(&log, ReadFrom::After(lost[4])).await.continuity, Some(Broken::Reset));

    let again = fill(&log, 3).await;
    assert_eq!(again[0].position, lost[4].position);
    assert_ne!(again[0].check, lost[4].check);
    assert_eq!(read(&log, ReadFrom::After(lost[4])).await.continuity, Some(Broken::Reset));
    assert_eq!(of(&read(&log, ReadFrom::After(lost[3])).await), again);
    // With the entry, the log has lost that it knew its message id.
    let sent = append_id(&log, "lost").await;
    assert!(!sent.duplicate);
    assert_ne!(sent.mark, forgotten.mark);
}

#[tokio::test(start_paused = true)]
async fn begins_anew_with_another_tag() {
    let log = MemoryLog::new();
    let marks = fill(&log, 3).await;
    append_id(&log, "id").await;
    let before = log.open().await.expect("opens");
    log.begin_anew();
    let after = log.open().await.expect("opens");
    assert_ne!(before.tag, after.tag);
    assert_eq!((after.oldest, after.newest), (None, Mark::default()));
    assert!(!append_id(&log, "id").await.duplicate);
    assert_eq!(read(&log, ReadFrom::After(marks[0])).await.continuity, Some(Broken::Reset));
    assert_eq!(read(&log, ReadFrom::After(marks[2])).await.continuity, Some(Broken::Reset));
}

#[tokio::test(start_paused = true)]
async fn a_tail_says_what_it_missed_once() {
    let check = async |fault: fn(&MemoryLog), broken| {
        let log = MemoryLog::new();
        let marks = fill(&log, 5).await;
        let mut tail = log.tail(marks[2]).await.expect("follows");
        fault(&log);
        let page = tail.next().await.expect("goes on");
        assert_eq!(page.continuity, Some(broken));
        let next = fill(&log, 1).await;
        let page = tail.next().await.expect("goes on");
        assert_eq!((page.continuity, of(&page)), (None, next));
    };
    check(|log| log.trim(4), Broken::Trimmed).await;
    check(|log| log.lose(3), Broken::Reset).await;
    check(MemoryLog::begin_anew, Broken::Reset).await;
}

#[tokio::test(start_paused = true)]
async fn an_empty_tail_notices_that_the_log_began_anew() {
    let log = MemoryLog::new();
    let mut tail = log.tail(Mark::default()).await.expect("follows");
    log.begin_anew();
    assert_eq!(tail.next().await.expect("goes on").continuity, Some(Broken::Reset));
}

#[tokio::test(start_paused = true)]
async fn fails_while_it_is_out_of_reach() {
    for outage in [Outage::Unreachable, Outage::Fatal] {
        let log = MemoryLog::new();
        let mark = fill(&log, 1).await[0];
        let mut tail = log.tail(mark).await.expect("follows");
        log.set_outage(outage);

        let is_fatal = outage == Outage::Fatal;
        assert_eq!(log.open().await.expect_err("is out").is_fatal(), is_fatal);
        let reading = log.read(ReadFrom::Oldest, 1).await;
        assert_eq!(reading.expect_err("is out").is_fatal(), is_fatal);
        let following = log.tail(mark).await;
        assert_eq!(following.map(drop).expect_err("is out").is_fatal(), is_fatal);
        let appending = log.append(entry()).await.expect_err("is out");
        assert_eq!((appending.is_refused(), appending.is_maybe_stored()), (is_fatal, false));
        assert_eq!(tail.next().await.expect_err("is out").is_fatal(), is_fatal);

        log.set_outage(None);
        let newest = log.open().await.expect("opens again").newest;
        assert_eq!(newest, mark, "nothing was stored");
        assert!(!tail.next().await.expect_err("stays broken").is_fatal());
    }
}

#[tokio::test(start_paused = true)]
async fn hangs_until_it_does_not() {
    let log = MemoryLog::new();
    let start = Mark::default();
    let mut tail = log.tail(start).await.expect("follows");
    log.set_outage(Outage::Hanging);
    let mut calls =
        (log.open(), log.read(ReadFrom::Oldest, 1), log.tail(start), log.append(entry()));
    let mut next = tail.next();
    for _ in 0..3 {
        assert!((&mut calls.0).now_or_never().is_none());
        assert!((&mut calls.1).now_or_never().is_none());
        assert!((&mut calls.2).now_or_never().is_none());
        assert!((&mut calls.3).now_or_never().is_none());
        assert!((&mut next).now_or_never().is_none(), "not even a heartbeat");
        advance(Duration::from_secs(5)).await;
    }
    let lifted = async { log.set_outage(None) };
    let (opened, read, followed, appended, page, ()) =
        tokio::join!(calls.0, calls.1, calls.2, calls.3, next, lifted);
    let mark = appended.expect("is stored").mark;
    assert_eq!(mark.position.first(), 1);
    assert!(opened.is_ok() && read.is_ok() && followed.is_ok() && page.is_ok());
}

#[tokio::test(start_paused = true)]
async fn a_tail_that_hangs_gives_nothing_and_goes_on_later() {
    let log = MemoryLog::new();
    let mut tail = log.tail(Mark::default()).await.expect("follows");
    let marks = fill(&log, 2).await;
    log.set_outage(Outage::Hanging);
    for _ in 0..2 {
        assert!(timeout(Duration::from_secs(60), tail.next()).await.is_err());
    }
    log.set_outage(None);
    assert_eq!(of(&tail.next().await.expect("goes on")), marks);
}

#[tokio::test(start_paused = true)]
async fn forgets_an_append_that_was_dropped_while_it_hung() {
    let log = MemoryLog::new();
    log.set_outage(Outage::Hanging);
    assert!(log.append(entry()).now_or_never().is_none());
    log.set_outage(None);
    assert!(read(&log, ReadFrom::Oldest).await.entries.is_empty());
}

#[tokio::test(start_paused = true)]
async fn fails_the_next_append_as_it_is_told() {
    let check = async |fault, is_stored: bool, expected: fn(&AppendError) -> bool| {
        let log = MemoryLog::new();
        log.fail_next_append(fault);
        let error = log.append(entry()).await.expect_err("fails");
        assert!(expected(&error), "{fault:?}: {error}");
        assert_eq!(read(&log, ReadFrom::Oldest).await.entries.len(), usize::from(is_stored));
        fill(&log, 1).await;
    };
    let is_lost = |error: &AppendError| !error.is_maybe_stored() && !error.is_refused();
    check(AppendFault::Refused, false, AppendError::is_refused).await;
    check(AppendFault::NotSent, false, is_lost).await;
    check(AppendFault::EntryLost, false, AppendError::is_maybe_stored).await;
    check(AppendFault::AnswerLost, true, AppendError::is_maybe_stored).await;
}

#[tokio::test(start_paused = true)]
async fn sends_again_what_may_be_stored() {
    for (fault, is_stored) in [(AppendFault::AnswerLost, true), (AppendFault::EntryLost, false)] {
        let log = MemoryLog::new();
        let entry = NewEntry { message_id: Some("id".into()), ..entry() };
        log.fail_next_append(fault);
        assert!(log.append(entry.clone()).await.is_err());
        assert_eq!(log.append(entry).await.expect("is stored").duplicate, is_stored);
        assert_eq!(read(&log, ReadFrom::Oldest).await.entries.len(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn stores_what_it_never_answers() {
    let log = MemoryLog::new();
    log.fail_next_append(AppendFault::NoAnswer);
    let appending = timeout(Duration::from_secs(60), log.append(entry()));
    assert!(appending.await.is_err());
    assert_eq!(read(&log, ReadFrom::Oldest).await.entries.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn breaks_the_tails_there_are() {
    let log = MemoryLog::new();
    let mut tail = log.tail(Mark::default()).await.expect("follows");
    let (next, ()) = tokio::join!(tail.next(), async { log.break_tails() });
    assert!(!next.expect_err("is broken").is_fatal());
    let mut tail = log.tail(Mark::default()).await.expect("follows");
    let marks = fill(&log, 1).await;
    assert_eq!(of(&tail.next().await.expect("goes on")), marks);
}

#[tokio::test(start_paused = true)]
async fn skips_what_somebody_else_wrote() {
    let log = MemoryLog::new();
    let mark = fill(&log, 1).await[0];
    let mut tail = log.tail(mark).await.expect("follows");
    let foreign = [log.append_foreign(), log.append_foreign()];
    for page in [tail.next().await.expect("goes on"), read(&log, ReadFrom::After(mark)).await] {
        assert!(page.entries.is_empty());
        assert_eq!((page.skipped, page.upto, page.at_head), (2, foreign[1], true));
    }
    assert_eq!(read(&log, ReadFrom::After(foreign[0])).await.continuity, None);
    assert_eq!(log.open().await.expect("opens").newest, foreign[1]);
}

#[tokio::test(start_paused = true)]
async fn cuts_pages_and_repeats_entries() {
    let log = MemoryLog::new();
    let marks = fill(&log, 10).await;
    log.set_max_page(3);
    log.set_repeats(2);
    let page = read(&log, ReadFrom::Newest).await;
    assert_eq!((of(&page), page.at_head), (marks[..3].to_vec(), false));
    let mut tail = log.tail(marks[5]).await.expect("follows");
    let page = tail.next().await.expect("goes on");
    assert_eq!((of(&page), page.upto, page.at_head), (marks[4..9].to_vec(), marks[8], false));
    assert_eq!(page.continuity, None);
}

#[tokio::test(start_paused = true)]
async fn wakes_a_tail_at_once() {
    let log = MemoryLog::new();
    let mut tail = log.tail(Mark::default()).await.expect("follows");
    let start = Instant::now();
    let (page, _) = tokio::join!(tail.next(), fill(&log, 1));
    assert_eq!((page.expect("goes on").entries.len(), start.elapsed()), (1, Duration::ZERO));
}

#[tokio::test(start_paused = true)]
async fn beats_however_often_a_wait_is_dropped() {
    let log = MemoryLog::new().with_heartbeat(Duration::from_millis(300));
    let mut tail = log.tail(Mark::default()).await.expect("follows");
    let start = Instant::now();
    let page = loop {
        match timeout(Duration::from_millis(70), tail.next()).await {
            Ok(page) => break page.expect("goes on"),
            Err(_) => log.trim(0),
        }
    };
    assert_eq!(start.elapsed(), Duration::from_millis(300));
    assert!(page.entries.is_empty() && page.at_head);
}

#[tokio::test(start_paused = true)]
async fn forgets_message_ids_in_time_and_in_number() {
    let log = MemoryLog::new().with_dedupe(Duration::from_secs(10)).with_count(1);
    let first = append_id(&log, "0").await;
    advance(Duration::from_secs(9)).await;
    fill(&log, 5).await;
    // It is known for longer than its entry.
    assert_eq!(append_id(&log, "0").await, Appended { duplicate: true, ..first });
    advance(Duration::from_secs(1)).await;
    assert!(!append_id(&log, "0").await.duplicate);
    for nth in 1..=10_000 {
        append_id(&log, &nth.to_string()).await;
    }
    assert!(append_id(&log, "1").await.duplicate);
    assert!(!append_id(&log, "0").await.duplicate);
}

#[tokio::test(start_paused = true)]
async fn refuses_what_is_too_large() {
    let log = MemoryLog::new().with_max_event(100);
    let large = Content::Event(Event::new("x".repeat(100)));
    let error = log.append(NewEntry { content: large, ..entry() }).await.expect_err("is too large");
    assert!(error.is_too_large());
    fill(&log, 1).await;
}

fn entry() -> NewEntry {
    let topic = TopicName::new("topic").expect("is short");
    NewEntry::new(topic, Content::Event(Event::new("data")), None)
}

async fn fill(log: &MemoryLog, count: usize) -> Vec<Mark> {
    let mut marks = Vec::new();
    for _ in 0..count {
        marks.push(log.append(entry()).await.expect("is stored").mark);
    }
    marks
}

async fn append_id(log: &MemoryLog, id: &str) -> Appended {
    let entry = NewEntry { message_id: Some(id.into()), ..entry() };
    log.append(entry).await.expect("is stored")
}

async fn read(log: &MemoryLog, from: ReadFrom) -> Page {
    log.read(from, 100).await.expect("can be read")
}

fn of(page: &Page) -> Vec<Mark> {
    page.entries.iter().map(|entry| entry.mark).collect()
}
