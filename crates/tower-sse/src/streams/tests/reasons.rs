use super::*;

/// Ends a stream in this way, and sees for which reason everybody thinks that it has ended.
async fn check<F: Future>(expected: Reason, settings: Builder, how: impl FnOnce(Streams) -> F) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let show = Arc::clone(&seen);
    let streams = settings
        .on_end(move |stream, reason| {
            assert_eq!(stream.reason(), Some(reason));
            show.lock().expect("no panic").push(reason);
        })
        .build();
    how(streams.clone()).await;
    assert_eq!(*seen.lock().expect("no panic"), [expected]);
    let stats = streams.stats();
    for reason in Reason::ALL {
        assert_eq!(stats.ended(reason), u64::from(reason == expected), "{reason}");
    }
    assert_eq!(streams.open(), 0);
}

/// Lets a stream of these run to its end.
async fn run(streams: Streams, events: Events) {
    let body = open_with(&streams, "ann", Sse::new(stream::pending().boxed())).await;
    let stream = streams.all().remove(0);
    drop((body, events));
    assert_eq!(stream.ended().await, Reason::ClientGone);
}

#[tokio::test(start_paused = true)]
async fn a_client_that_is_gone() {
    check(Reason::ClientGone, by_user(), |streams| run(streams, stream::empty().boxed())).await;
    check(Reason::ClientGone, by_user(), |streams| async move {
        drop(streams.admit(&request("ann")));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn an_end_of_its_own_or_an_error() {
    let of = |events: Vec<Item>| {
        |streams: Streams| async move {
            let (sender, rest) = channel();
            let body = open_with(&streams, "ann", Sse::new(rest)).await;
            let stream = streams.all().remove(0);
            for event in events {
                sender.send(event).expect("open");
            }
            drop(sender);
            let task = read(body);
            stream.ended().await;
            assert_eq!(task.await.expect("no panic").0, "data: a\n\n");
        }
    };
    let event = || Ok(Event::new("a"));
    check(Reason::Finished, by_user(), of(vec![event()])).await;
    check(Reason::Error, by_user(), of(vec![event(), Err("broken".into())])).await;
    check(Reason::Lagged, by_user(), of(vec![event(), Err(Lagged.into())])).await;
}

#[test]
fn lagging_is_told_by_the_error_itself_too() {
    let streams = Streams::new();
    let lagged = stream::iter([Err::<Event, _>(Lagged)]);
    let permit = streams.admit(&request("")).expect("there is room");
    let body = Sse::new(lagged).with_permit(permit).into_body();
    assert_eq!(
        http_body_util::BodyExt::collect(body).now_or_never().map(|end| end.is_ok()),
        Some(true)
    );
    assert_eq!(streams.stats().ended(Reason::Lagged), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_panics() {
    check(Reason::Error, by_user(), |streams| async move {
        let (sender, rest) = channel();
        let mad = rest.map(|_| -> Item { wanted_panic() }).boxed();
        let task = read(open_with(&streams, "ann", Sse::new(mad)).await);
        sender.send(Ok(Event::new("a"))).expect("open");
        assert!(task.await.is_err());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn what_was_told_first_counts() {
    check(Reason::Ended, by_user(), |streams| async move {
        let mut body = open(&streams, "ann").await;
        streams.end_all();
        streams.drain(Duration::ZERO).await;
        assert_eq!(next(&mut body).await, None);
    })
    .await;
    check(Reason::Drained, by_user(), |streams| async move {
        let body = open(&streams, "ann").await;
        streams.drain(Duration::ZERO).await;
        drop(body);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_end_is_told_to_all_who_wait_and_who_asks_later() {
    let streams = Streams::new();
    let body = open(&streams, "").await;
    let stream = streams.all().remove(0);
    assert_eq!(stream.reason(), None);
    let waiting = [stream.clone(), stream.clone()]
        .map(|stream| tokio::spawn(async move { stream.ended().await }));
    tokio::task::yield_now().await;
    stream.end();
    assert_eq!(stream.reason(), None, "its body is still there");
    drop(body);
    for waiting in waiting {
        assert_eq!(waiting.await.expect("no panic"), Reason::Ended);
    }
    assert_eq!(stream.ended().now_or_never(), Some(Reason::Ended));
}

#[tokio::test(start_paused = true)]
async fn who_looks_on_may_panic() {
    let streams = Streams::builder().on_end(|_, _| wanted_panic()).build();
    drop(open(&streams, "").await);
    assert_eq!(streams.open(), 0);
}
