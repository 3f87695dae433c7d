//! What the server loses is told; what it keeps goes on.

use async_nats::jetstream::stream::Config;
use logs::{Disk, Engine, NatsServer};
use tower_sse_hub::Mark;
use tower_sse_hub::log::{Broken, Log, ReadFrom};

use crate::kit::{
    append, fill, follow_to_the_break, log, marks, news, next, next_news, open, read, reopen, tail,
};

#[tokio::test]
async fn a_killed_server_goes_on_where_it_was() {
    let mut server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let before = open(&log).await.expect("log can be opened");
    let all = fill(&log, 20).await;
    server.kill();
    server.restart().await;
    let (opened, _) = reopen(&log).await;
    assert_eq!(opened.tag, before.tag);
    assert_eq!((opened.oldest, opened.newest), (Some(all[0]), all[19]));
    let page = read(&log, ReadFrom::After(all[9])).await.expect("log can be read");
    assert_eq!((page.continuity, marks(&page)), (None, all[10..].to_vec()));
    let mut follower = tail(&log, all[19]).await;
    let more = fill(&log, 1).await;
    assert_eq!(marks(&next_news(&mut follower).await), more);
}

#[tokio::test]
async fn a_message_id_outlives_a_restart() {
    let mut server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let mut entry = news("data");
    entry.message_id = Some("order 17 paid".into());
    let first = append(&log, entry.clone()).await.expect("entry is stored");
    server.kill();
    server.restart().await;
    reopen(&log).await;
    let again = append(&log, entry).await.expect("entry was stored");
    assert_eq!((again.mark, again.duplicate), (first.mark, true));
}

#[tokio::test]
async fn a_server_that_lost_its_disk_is_another_log() {
    let mut server = NatsServer::start(Disk::Forgets).await;
    let log = log(&server);
    let before = open(&log).await.expect("log can be opened");
    let old = fill(&log, 20).await;
    server.kill();
    server.restart().await;
    let (opened, _) = reopen(&log).await;
    assert_ne!(opened.tag, before.tag);
    assert_eq!((opened.oldest, opened.newest), (None, Mark::default()));
    // With as many entries as before, each of their positions is given again.
    let new = fill(&log, 20).await;
    for (old, new) in old.into_iter().zip(new) {
        assert_eq!(old.position, new.position);
        let page = read(&log, ReadFrom::After(old)).await.expect("log can be read");
        assert_eq!(page.continuity, Some(Broken::Reset));
    }
}

#[tokio::test]
async fn a_stream_made_again_breaks_its_tails() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let before = open(&log).await.expect("log can be opened");
    let old = fill(&log, 5).await;
    let mut follower = tail(&log, old[4]).await;
    let page = next(&mut follower).await.expect("tail goes on");
    assert_eq!((page.upto, page.at_head), (old[4], true));
    server.wipe("log").await;
    let (seen, _) = follow_to_the_break(&mut follower).await;
    assert_eq!(seen, []);
    let error = append(&log, news("data")).await.expect_err("there is no stream");
    assert!(!error.is_maybe_stored() && !error.is_refused(), "{error:?}");
    // Who opens it again makes it again.
    let (opened, _) = reopen(&log).await;
    assert_ne!(opened.tag, before.tag);
    let new = fill(&log, 5).await;
    let page = next(&mut tail(&log, old[4]).await).await.expect("tail begins");
    assert_eq!(page.continuity, Some(Broken::Reset));
    let page = read(&log, ReadFrom::After(new[2])).await.expect("log can be read");
    assert_eq!((page.continuity, marks(&page)), (None, new[3..].to_vec()));
}

#[tokio::test]
async fn a_tail_knows_a_stream_made_again_since_it_was_opened() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    open(&log).await.expect("log can be opened");
    server.wipe("log").await;
    open(&server.log("log")).await.expect("another node makes it again");
    let error = log.tail(Mark::default()).await.err().expect("it is another");
    assert!(!error.is_fatal(), "{error:?}");
    reopen(&log).await;
    tail(&log, Mark::default()).await;
}

#[tokio::test]
async fn a_purge_is_told_to_those_who_missed_something() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let old = fill(&log, 20).await;
    let stream = server.jetstream().await.get_stream("log").await.expect("it was made");
    stream.purge().await.expect("it can be purged");
    let opened = open(&log).await.expect("log can be opened");
    assert_eq!((opened.oldest, opened.newest.position), (None, old[19].position));
    for (after, continuity) in [
        (Mark::default(), Some(Broken::Trimmed)),
        (old[18], Some(Broken::Trimmed)),
        (old[19], None),
        (opened.newest, None),
    ] {
        let page = read(&log, ReadFrom::After(after)).await.expect("log can be read");
        assert_eq!(page.continuity, continuity, "{after:?}");
    }
    // Who was at the end goes on there.
    let mut followers = [tail(&log, old[19]).await, tail(&log, opened.newest).await];
    let new = fill(&log, 3).await;
    for follower in &mut followers {
        let mut seen = Vec::new();
        while seen.len() < new.len() {
            let page = next_news(follower).await;
            assert_eq!(page.continuity, None);
            seen.extend(marks(&page));
        }
        assert_eq!(seen, new);
    }
    // The one it was at the end of is gone, and nothing proves that it was the same.
    let page = read(&log, ReadFrom::After(old[19])).await.expect("log can be read");
    assert_eq!(page.continuity, Some(Broken::Trimmed));
    let page = read(&log, ReadFrom::After(opened.newest)).await.expect("log can be read");
    assert_eq!((page.continuity, marks(&page)), (None, new));
}

#[tokio::test]
async fn a_tail_that_was_behind_a_purge_is_told() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let old = fill(&log, 5000).await;
    let mut follower = tail(&log, Mark::default()).await;
    let page = next_news(&mut follower).await;
    assert_eq!(marks(&page)[0], old[0]);
    let stream = server.jetstream().await.get_stream("log").await.expect("it was made");
    stream.purge().await.expect("it can be purged");
    fill(&log, 1).await;
    let continuity = loop {
        let page = next_news(&mut follower).await;
        if page.continuity.is_some() {
            break page.continuity;
        }
    };
    assert_eq!(continuity, Some(Broken::Trimmed));
}

#[tokio::test]
async fn what_somebody_deleted_is_no_gap() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let all = fill(&log, 20).await;
    let stream = server.jetstream().await.get_stream("log").await.expect("it was made");
    for sequence in [6, 7, 11] {
        stream.delete_message(sequence).await.expect("it can be deleted");
    }
    let mut left = all.clone();
    left.retain(|mark| ![6, 7, 11].contains(&mark.position.first()));
    let mut from = ReadFrom::Oldest;
    let mut seen = Vec::new();
    loop {
        let page = read(&log, from).await.expect("log can be read");
        assert_eq!(page.continuity, None, "{from:?}");
        seen.extend(marks(&page));
        if page.at_head {
            break;
        }
        from = ReadFrom::After(page.upto);
    }
    assert_eq!(seen, left);
    let mut follower = tail(&log, all[2]).await;
    let mut seen = Vec::new();
    while seen.len() < left.len() - 3 {
        let page = next_news(&mut follower).await;
        assert_eq!(page.continuity, None);
        seen.extend(marks(&page));
    }
    assert_eq!(seen, left[3..]);
    // But nobody can go on after an entry that is gone.
    let page = read(&log, ReadFrom::After(all[10])).await.expect("log can be read");
    assert_eq!(page.continuity, Some(Broken::Trimmed));
}

#[tokio::test]
async fn a_stream_that_removes_even_its_newest_goes_on() {
    let server = NatsServer::start(Disk::Keeps).await;
    let config = Config {
        name: "log".into(),
        subjects: vec!["log.*".into()],
        max_age: std::time::Duration::from_secs(1),
        duplicate_window: std::time::Duration::from_secs(1),
        ..Config::default()
    };
    server.jetstream().await.create_stream(config).await.expect("it can be made");
    let log = log(&server);
    let old = fill(&log, 3).await;
    let opened = loop {
        let opened = open(&log).await.expect("log can be opened");
        if opened.oldest.is_none() {
            break opened;
        }
    };
    assert!(opened.warnings.join("\n").contains("max_age"), "{:?}", opened.warnings);
    assert_eq!(opened.newest.position, old[2].position);
    let page = read(&log, ReadFrom::After(old[2])).await.expect("log can be read");
    assert_eq!((page.continuity, page.upto, page.at_head), (None, old[2], true));
    let page = read(&log, ReadFrom::After(old[1])).await.expect("log can be read");
    assert_eq!(page.continuity, Some(Broken::Trimmed));
}
