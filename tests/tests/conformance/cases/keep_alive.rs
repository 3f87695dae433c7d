//! What is sent in silence.

use std::time::{Duration, Instant};

use conformance::{oracle, within};
use futures_util::{StreamExt as _, future, stream};
use tower_sse::{Event, EventName, KeepAlive, Sse};

use super::{cases, streams};
use crate::scenarios::{Boxed, Fallible};
use crate::server::Server;
use crate::streams::{Moments, channel, event, once, paced, pending};

cases! {
    streams => [
        keep_alive_in_silence,
        keep_alive_counts_from_the_last_event,
        keep_alive_fires_once_after_a_stall,
        keep_alive_never_lands_inside_an_event,
        keep_alive_can_be_off,
        keep_alive_of_zero_or_for_ever_is_silent,
        keep_alive_can_be_an_event,
        keep_alive_can_be_a_comment_of_any_text,
        keep_alive_can_be_made_when_it_fires,
    ],
}

const INTERVAL: Duration = Duration::from_millis(50);
/// A timer may be noted a little after it was set.
const SLACK: Duration = Duration::from_millis(5);

async fn keep_alive_in_silence(server: Server) {
    let start = Instant::now();
    let path = server.events(once(Sse::new(pending()).with_keep_alive(KeepAlive::every(INTERVAL))));
    let mut exchange = server.opened(&path).await;
    for n in 1..=3 {
        assert_eq!(exchange.frame().await, ":\n\n");
        assert!(start.elapsed() >= n * INTERVAL, "{n} after {:?}", start.elapsed());
    }
}

async fn keep_alive_counts_from_the_last_event(server: Server) {
    let interval = Duration::from_millis(200);
    let (yielded, fired) = (Moments::default(), Moments::default());
    // The events go on for twice the interval, with a tenth of it between them.
    let events = paced(20, interval / 10, yielded.clone());
    let path = server.events(once(Sse::new(events).with_keep_alive(fired.keep_alive(interval))));
    let mut exchange = server.get(&path).await;
    let mut seen = Vec::new();
    within("the keep-alive after the events", async {
        while fired.all().is_empty() || !seen.ends_with(b": beat\n\n") {
            seen.extend_from_slice(&exchange.frame().await);
        }
    })
    .await;
    let events: String = (0..20).map(|n| format!("data: {n}\n\n")).collect();
    assert_eq!(String::from_utf8_lossy(&seen), format!("{events}: beat\n\n"));
    let silence = fired.all()[0] - yielded.all()[19];
    assert!(silence + SLACK >= interval, "after {silence:?} of silence");
}

async fn keep_alive_fires_once_after_a_stall(server: Server) {
    let fired = Moments::default();
    let (sender, stream) = channel::<Duration>();
    // The thread of the server sleeps, as when it has too much to do.
    let stalls = stream.filter_map(|stall| {
        std::thread::sleep(stall);
        future::ready(None::<Fallible>)
    });
    let path =
        server.events(once(Sse::new(stalls.boxed()).with_keep_alive(fired.keep_alive(INTERVAL))));
    let mut exchange = server.opened(&path).await;
    assert_eq!(exchange.frame().await, ": beat\n\n");
    let before = fired.all().len();
    sender.send(INTERVAL * 6).expect("the stream lives");
    within("four keep-alives", async {
        while fired.all().len() < before + 4 {
            assert_eq!(exchange.frame().await, ": beat\n\n");
        }
    })
    .await;
    for pair in fired.all().windows(2) {
        let silence = pair[1] - pair[0];
        assert!(silence + SLACK >= INTERVAL, "again after {silence:?}");
    }
}

async fn keep_alive_never_lands_inside_an_event(server: Server) {
    let step = Duration::from_millis(1);
    let text = "a line\n".repeat(1000);
    let sent = text.clone();
    let large = paced(100, step, Moments::default()).take(100).map(move |item: Fallible| {
        item.map(|event| {
            let number = event.data().expect("it has data").to_owned();
            event.with_data(number + &sent)
        })
    });
    let sse = Sse::new(large.boxed()).with_keep_alive(KeepAlive::every(step));
    let path = server.events(once(sse));
    let seen = oracle::decode(&server.get(&path).await.body().await);
    assert_eq!(seen.events.len(), 100);
    for (n, event) in seen.events.iter().enumerate() {
        assert_eq!(event.data, format!("{n}{text}"));
    }
}

async fn keep_alive_can_be_off(server: Server) {
    let step = Duration::from_millis(10);
    let sse = Sse::new(late(step * 20)).with_keep_alive(KeepAlive::every(step));
    let path = server.events(once(sse.without_keep_alive()));
    assert_eq!(server.get(&path).await.body().await, ":\n\ndata: late\n\n");
}

async fn keep_alive_of_zero_or_for_ever_is_silent(server: Server) {
    for interval in [Duration::ZERO, Duration::MAX] {
        let sse = Sse::new(late(Duration::from_millis(100)));
        let path = server.events(once(sse.with_keep_alive(KeepAlive::every(interval))));
        assert_eq!(server.get(&path).await.body().await, ":\n\ndata: late\n\n");
    }
}

/// One event after a silence, and the end.
fn late(after: Duration) -> Boxed<Fallible> {
    let late = async move {
        tokio::time::sleep(after).await;
        Ok(event("late"))
    };
    stream::once(late).boxed()
}

async fn keep_alive_can_be_an_event(server: Server) {
    const PING: EventName = EventName::from_static("ping");
    let ping = KeepAlive::every(INTERVAL).with_event(Event::new("").with_name(PING));
    let path = server.events(once(Sse::new(pending()).with_keep_alive(ping)));
    let mut exchange = server.opened(&path).await;
    for _ in 0..2 {
        assert_eq!(exchange.frame().await, "event: ping\ndata:\n\n");
    }
}

async fn keep_alive_can_be_a_comment_of_any_text(server: Server) {
    let odd = "one\r\rdata: two\n\ndata: three\r\n\r\nid: 4";
    let keep_alive = KeepAlive::every(INTERVAL).with_comment(odd);
    let path = server.events(once(Sse::new(pending()).with_keep_alive(keep_alive)));
    let mut exchange = server.opened(&path).await;
    let seen = oracle::decode(&[exchange.frame().await, exchange.frame().await].concat());
    let once = [" one", "", " data: two", "", " data: three", "", " id: 4"];
    assert_eq!(seen.comments, [once, once].concat());
    assert_eq!(seen.events, []);
    assert_eq!(seen.last_event_id, "");
}

async fn keep_alive_can_be_made_when_it_fires(server: Server) {
    let (sender, stream) = channel();
    let mut count = 0;
    let counting = KeepAlive::every(INTERVAL).with_fn(move || {
        count += 1;
        Event::new(format!("{count}"))
    });
    let path = server.events(once(Sse::new(stream).with_keep_alive(counting)));
    let mut exchange = server.opened(&path).await;
    assert_eq!(exchange.frame().await, "data: 1\n\n");
    assert_eq!(exchange.frame().await, "data: 2\n\n");
    sender.send(Ok(event("between"))).expect("the stream lives");
    let mut seen = Vec::new();
    within("the fourth keep-alive", async {
        while !seen.ends_with(b"data: 4\n\n") {
            seen.extend_from_slice(&exchange.frame().await);
        }
    })
    .await;
    let between = String::from_utf8_lossy(&seen).replace("data: between\n\n", "");
    assert_eq!(between, "data: 3\n\ndata: 4\n\n");
}
