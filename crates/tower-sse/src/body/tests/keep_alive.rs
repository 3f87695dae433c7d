use super::*;

#[tokio::test(start_paused = true)]
async fn keep_alive_counts_from_the_last_byte() {
    let (sender, mut body) = channel(|sse| sse.with_keep_alive(KeepAlive::every(10 * SECOND)));
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    let started = Instant::now();
    assert_eq!(poll(&mut body).await, None);

    advance(9 * SECOND).await;
    sender.send(Event::new("a")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: a\n\n"));
    assert_eq!(poll(&mut body).await, None);

    advance(9 * SECOND).await;
    assert_eq!(poll(&mut body).await, None, "9 seconds after the event");
    assert_eq!(next(&mut body).await, ":\n\n");
    assert_eq!(started.elapsed().as_secs(), 19);
    assert_eq!(next(&mut body).await, ":\n\n");
    assert_eq!(started.elapsed().as_secs(), 29);
}

#[tokio::test(start_paused = true)]
async fn keep_alive_fires_once_after_a_stall() {
    let (sender, mut body) = channel(|sse| sse.with_keep_alive(KeepAlive::every(SECOND)));
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    assert_eq!(poll(&mut body).await, None);

    advance(100 * SECOND).await;
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    assert_eq!(poll(&mut body).await, None);

    advance(100 * SECOND).await;
    sender.send(Event::new("a")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: a\n\n"), "bytes are as good as a comment");
    assert_eq!(poll(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn keep_alive_may_be_a_comment_an_event_or_asked_for() {
    async fn check(keep_alive: KeepAlive, expected: &[&str]) {
        let (_sender, mut body) = channel::<Event>(|sse| sse.with_keep_alive(keep_alive));
        assert_eq!(poll(&mut body).await, some(":\n\n"));
        for expected in expected {
            assert_eq!(next(&mut body).await, *expected);
        }
    }
    check(KeepAlive::default().with_comment("a\rb"), &[": a\n: b\n\n"]).await;
    check(KeepAlive::default().with_event(Event::new("ping")), &["data: ping\n\n"]).await;
    let mut count = 0;
    let counted = move || {
        count += 1;
        Event::new(count.to_string())
    };
    check(KeepAlive::default().with_fn(counted), &["data: 1\n\n", "data: 2\n\n"]).await;
}

#[tokio::test(start_paused = true)]
async fn no_keep_alive_is_sent_that_is_off_or_beyond_time() {
    async fn check(
        settings: impl FnOnce(
            Sse<UnboundedReceiverStream<Event>>,
        ) -> Sse<UnboundedReceiverStream<Event>>,
    ) {
        let (sender, mut body) = channel(settings);
        assert_eq!(poll(&mut body).await, some(":\n\n"));
        assert_eq!(poll(&mut body).await, None);
        advance(1_000_000 * SECOND).await;
        assert_eq!(poll(&mut body).await, None);
        sender.send(Event::new("a")).expect("open");
        assert_eq!(poll(&mut body).await, some("data: a\n\n"));
    }
    check(Sse::without_keep_alive).await;
    check(|sse| sse.with_keep_alive(KeepAlive::every(Duration::ZERO))).await;
    check(|sse| sse.with_keep_alive(KeepAlive::every(Duration::MAX))).await;
}
