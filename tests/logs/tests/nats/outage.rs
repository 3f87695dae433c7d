//! Nothing hangs, whatever the server does; and what was there is not given again.

use std::time::Duration;

use logs::{Disk, Engine, NatsServer, Wire};
use tokio::time::{Instant, sleep};
use tower_sse_hub::Mark;
use tower_sse_hub::log::{Log, ReadFrom};
use tower_sse_nats::NatsLog;

use crate::kit::{
    append, fill, follow_to_the_break, log, marks, news, next, next_news, open, read, reopen, tail,
};

/// Within what time a tail must notice.
const NOTICED: Duration = Duration::from_secs(3);

#[tokio::test]
async fn an_idle_tail_gives_nothing_old_after_a_restart() {
    let mut server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let all = fill(&log, 500).await;
    let mut follower = tail(&log, all[499]).await;
    server.kill();
    server.restart().await;
    let (seen, took) = follow_to_the_break(&mut follower).await;
    assert_eq!(seen, []);
    assert!(took < NOTICED, "noticed after {took:?}");
    reopen(&log).await;
    let mut follower = tail(&log, all[499]).await;
    let new = fill(&log, 1).await;
    let page = next_news(&mut follower).await;
    assert_eq!((page.continuity, marks(&page)), (None, new));
}

#[tokio::test]
async fn a_server_that_is_down_is_noticed_and_comes_back() {
    let mut server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    let all = fill(&log, 10).await;
    let mut follower = tail(&log, all[9]).await;
    next(&mut follower).await.expect("tail goes on");
    server.kill();
    let (seen, took) = follow_to_the_break(&mut follower).await;
    assert_eq!(seen, []);
    assert!(took < Duration::from_millis(500), "noticed after {took:?}");
    for _ in 0..3 {
        let start = Instant::now();
        open(&log).await.expect_err("nobody is there");
        read(&log, ReadFrom::Oldest).await.expect_err("nobody is there");
        assert!(log.tail(all[9]).await.is_err());
        let error = append(&log, news("data")).await.expect_err("nobody is there");
        assert!(!error.is_maybe_stored(), "{error:?}");
        assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    }
    server.restart().await;
    let (opened, took) = reopen(&log).await;
    assert_eq!(opened.newest, all[9]);
    assert!(took < Duration::from_secs(1), "came back after {took:?}");
}

#[tokio::test]
async fn a_server_that_hangs_is_noticed_and_comes_back() {
    for pause in [1, 4, 10].map(Duration::from_secs) {
        let server = NatsServer::start(Disk::Keeps).await;
        let log = log(&server);
        let all = fill(&log, 10).await;
        let mut follower = tail(&log, all[9]).await;
        next(&mut follower).await.expect("tail goes on");
        let begin = Instant::now();
        server.freeze();
        if pause > NOTICED {
            let (seen, took) = follow_to_the_break(&mut follower).await;
            assert_eq!(seen, []);
            assert!(took < NOTICED, "noticed after {took:?}");
            open(&log).await.expect_err("it hangs");
            read(&log, ReadFrom::Oldest).await.expect_err("it hangs");
            assert!(log.tail(all[9]).await.is_err());
            append(&log, news("data")).await.expect_err("it hangs");
        }
        sleep(pause.saturating_sub(begin.elapsed())).await;
        let thawed = Instant::now();
        server.thaw();
        let (opened, _) = reopen(&log).await;
        let took = thawed.elapsed();
        assert!(took < Duration::from_millis(1500), "came back after {took:?} of {pause:?}");
        assert!(opened.newest.position >= all[9].position);
        let page = read(&log, ReadFrom::After(all[9])).await.expect("log can be read");
        assert_eq!(page.continuity, None);
    }
}

#[tokio::test]
async fn an_entry_sent_to_a_server_that_hangs_may_be_stored() {
    let server = NatsServer::start(Disk::Keeps).await;
    let log = log(&server);
    fill(&log, 1).await;
    server.freeze();
    // It stops when its threads do, which may be after the next entry.
    let mut count = 1;
    let (entry, error) = loop {
        let mut entry = news("data");
        entry.message_id = Some(count.to_string().into());
        count += 1;
        if let Err(error) = append(&log, entry.clone()).await {
            break (entry, error);
        }
    };
    assert!(error.is_maybe_stored(), "{error:?}");
    server.thaw();
    reopen(&log).await;
    append(&log, entry).await.expect("it is stored, or was");
    let page = read(&log, ReadFrom::Oldest).await.expect("log can be read");
    assert_eq!(page.entries.len(), count, "it is stored once");
}

/// Writes and follows so many entries, each over its own connection: nothing is lost, and nothing
/// comes twice. Returns the longest time in which nothing came.
async fn write_and_follow(writer: NatsLog, reader: NatsLog, count: usize) -> Duration {
    reopen(&writer).await;
    let acked = tokio::spawn(async move {
        let mut acked = Vec::new();
        for nth in 0..count {
            let mut entry = news(&nth.to_string());
            entry.message_id = Some(nth.to_string().into());
            loop {
                if let Ok(appended) = append(&writer, entry.clone()).await {
                    acked.push(appended.mark);
                    break;
                }
                sleep(Duration::from_millis(20)).await;
            }
            sleep(Duration::from_millis(5)).await;
        }
        acked
    });
    let follower = tokio::spawn(async move {
        let (mut seen, mut upto) = (Vec::<Mark>::new(), Mark::default());
        let (mut last, mut silence) = (Instant::now(), Duration::ZERO);
        while seen.len() < count {
            reopen(&reader).await;
            let Ok(mut follower) = reader.tail(upto).await else { continue };
            while let Ok(page) = next(&mut follower).await {
                assert_eq!(page.continuity, None, "nothing is missing after {upto:?}");
                if page.upto != upto {
                    silence = silence.max(last.elapsed());
                    last = Instant::now();
                }
                let new = marks(&page).into_iter().filter(|mark| mark.position > upto.position);
                seen.extend(new);
                upto = page.upto;
                if seen.len() >= count {
                    break;
                }
            }
        }
        (seen, silence)
    });
    let acked = acked.await.expect("all is stored in the end");
    let (seen, silence) = follower.await.expect("all is seen in the end");
    assert_eq!(seen, acked);
    silence
}

#[tokio::test]
async fn a_server_started_under_load_loses_nothing() {
    let mut server = NatsServer::start(Disk::Keeps).await;
    let working = tokio::spawn(write_and_follow(log(&server), log(&server), 300));
    for _ in 0..2 {
        sleep(Duration::from_millis(500)).await;
        server.kill();
        sleep(Duration::from_millis(500)).await;
        server.restart().await;
    }
    let silence = working.await.expect("nothing is lost");
    println!("silent for {silence:?}, of which the server was down 500 ms");
    assert!(silence < Duration::from_millis(1700), "{silence:?}");
}

#[tokio::test]
async fn connections_that_break_lose_nothing() {
    let server = NatsServer::start(Disk::Keeps).await;
    let wire = Wire::to(&server.url()).await;
    let at_wire = || server.log_at(wire.url(), "log");
    let working = tokio::spawn(write_and_follow(at_wire(), at_wire(), 300));
    let mut waits = [100, 700, 40, 40, 300, 10, 500].into_iter().cycle();
    while !working.is_finished() {
        sleep(Duration::from_millis(waits.next().unwrap_or(100))).await;
        wire.tear();
    }
    let silence = working.await.expect("nothing is lost");
    println!("silent for {silence:?}");
    assert!(silence < Duration::from_millis(1500), "{silence:?}");
}

#[tokio::test]
async fn a_silent_partition_loses_nothing() {
    for outage in [1, 4, 7].map(Duration::from_secs) {
        let server = NatsServer::start(Disk::Keeps).await;
        let wire = Wire::to(&server.url()).await;
        let at_wire = || server.log_at(wire.url(), "log");
        let working = tokio::spawn(write_and_follow(at_wire(), at_wire(), 100));
        sleep(Duration::from_millis(300)).await;
        wire.cut();
        sleep(outage).await;
        wire.mend();
        let silence = working.await.expect("nothing is lost");
        println!("silent for {silence:?} of {outage:?}");
        assert!(silence < outage + Duration::from_millis(1200), "{silence:?} of {outage:?}");
    }
}
