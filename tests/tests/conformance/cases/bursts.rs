//! The window that joins a burst.

use std::time::{Duration, Instant};

use conformance::within;
use futures_util::{StreamExt as _, stream};
use tower_sse::{KeepAlive, Sse};

use super::{cases, streams};
use crate::scenarios::{Boxed, Fallible};
use crate::server::Server;
use crate::streams::{Moments, channel, event, events, once, paced};

cases! {
    streams => [
        window_joins_a_burst,
        window_does_not_delay_a_lone_event,
        window_does_not_rest_while_more_is_ready,
        window_goes_on_while_the_keep_alive_fires,
        without_a_window_nothing_waits,
        window_of_any_length_lets_events_through,
    ],
}

const STEP: Duration = Duration::from_millis(10);

async fn window_joins_a_burst(server: Server) {
    let window = Duration::from_millis(300);
    let yielded = Moments::default();
    let path = server.events(once(Sse::new(paced(10, STEP, yielded.clone())).with_window(window)));
    let mut exchange = server.get(&path).await;
    assert_eq!(exchange.frame().await, "data: 0\n\n");
    let burst: String = (1..10).map(|n| format!("data: {n}\n\n")).collect();
    assert_eq!(exchange.frame().await, burst);
    let yielded = yielded.all();
    assert!(yielded[1] - yielded[0] >= window, "polled after {:?}", yielded[1] - yielded[0]);
}

async fn window_does_not_delay_a_lone_event(server: Server) {
    let window = Sse::<Boxed<Fallible>>::MAX_WINDOW;
    // What a window delays, it delays each time; a machine under load does not stall each time.
    for _ in 0..3 {
        let (sender, stream) = channel();
        let path = server.events(once(Sse::new(stream).with_window(window)));
        let mut exchange = server.opened(&path).await;
        let sent = Instant::now();
        sender.send(Ok(event("lone"))).expect("the stream lives");
        assert_eq!(exchange.frame().await, "data: lone\n\n");
        if sent.elapsed() < window / 2 {
            return;
        }
    }
    panic!("a lone event waited for the window, three times");
}

async fn window_does_not_rest_while_more_is_ready(server: Server) {
    let window = Duration::from_secs(1);
    // A hundred frames.
    let path = server.events(move |_| {
        let text = event("x".repeat(1000));
        Sse::new(events(std::iter::repeat_n(text, 1600))).with_window(window)
    });
    let mut exchange = server.get(&path).await;
    let frames = within("a hundred frames without a rest", exchange.frames()).await;
    assert_eq!(frames.concat().len(), 1600 * 1008);
}

async fn window_goes_on_while_the_keep_alive_fires(server: Server) {
    let sse = Sse::new(paced(10, STEP, Moments::default()))
        .with_window(Duration::from_millis(200))
        .with_keep_alive(KeepAlive::every(Duration::from_millis(20)));
    let path = server.events(once(sse));
    let mut exchange = server.get(&path).await;
    let mut seen = Vec::new();
    within("all events", async {
        while seen.len() < 10 {
            let frame = exchange.frame().await;
            if frame != ":\n\n" {
                let text = String::from_utf8(frame.into()).expect("numbers are ASCII");
                seen.extend(text.lines().filter(|line| !line.is_empty()).map(str::to_owned));
            }
        }
    })
    .await;
    let expected: Vec<_> = (0..10).map(|n| format!("data: {n}")).collect();
    assert_eq!(seen, expected);
}

async fn without_a_window_nothing_waits(server: Server) {
    for sse in [Sse::new(turns(10)), Sse::new(turns(10)).with_window(Duration::ZERO)] {
        let path = server.events(once(sse.without_keep_alive()));
        let mut exchange = server.opened(&path).await;
        for n in 0..10 {
            assert_eq!(exchange.frame().await, format!("data: {n}\n\n"));
        }
    }
}

/// Events, none of which is ready when the one before it was just taken.
fn turns(count: u32) -> Boxed<Fallible> {
    let events = stream::iter(0..count).then(async |n| {
        tokio::task::yield_now().await;
        Ok(event(n.to_string()))
    });
    events.boxed()
}

async fn window_of_any_length_lets_events_through(server: Server) {
    for window in [Duration::MAX, Duration::from_nanos(1)] {
        let path = server.events(move |_| Sse::new(turns(3)).with_window(window));
        let body = within("the end of the stream", async { server.get(&path).await.body().await });
        assert_eq!(body.await, ":\n\ndata: 0\n\ndata: 1\n\ndata: 2\n\n");
    }
}
