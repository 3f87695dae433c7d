use super::*;

fn cause(streams: &Streams, user: &str) -> Option<Cause> {
    streams.admit(&request(user)).err().map(|refusal| refusal.cause())
}

#[tokio::test(start_paused = true)]
async fn a_place_is_free_when_the_body_is_dropped() {
    let streams = by_user().with_max_open(3).with_max_per_key(2).build();
    let (first, _second) = (open(&streams, "ann").await, open(&streams, "ann").await);
    assert_eq!(cause(&streams, "ann"), Some(Cause::KeyFull));
    let _third = open(&streams, "bob").await;
    assert_eq!(cause(&streams, "bob"), Some(Cause::Full));
    assert_eq!(cause(&streams, ""), Some(Cause::Full));

    streams.of("ann")[0].end();
    assert_eq!(cause(&streams, "ann"), Some(Cause::Full), "told to end, and still there");
    drop(first);
    assert_eq!(cause(&streams, "ann"), None);
    let stats = streams.stats();
    assert_eq!((stats.refused(Cause::Full), stats.refused(Cause::KeyFull)), (3, 1));
}

#[tokio::test(start_paused = true)]
async fn the_oldest_of_a_key_makes_room() {
    let streams = by_user().with_max_per_key(2).ending_oldest().build();
    let (mut first, _bob) = (open(&streams, "ann").await, open(&streams, "bob").await);
    let (mut second, third) = (open(&streams, "ann").await, open(&streams, "ann").await);
    assert_eq!(streams.open_of("ann"), 3, "until the body is dropped");
    retry(&next(&mut first).now_or_never().flatten().expect("a last frame"));
    assert_eq!(next(&mut first).await, None);
    assert_eq!(next(&mut second).now_or_never(), None);

    let fourth = open(&streams, "ann").await;
    assert_eq!(cause(&streams, "ann"), Some(Cause::KeyFull), "two are going and have not gone");
    drop(first);
    let _fifth = open(&streams, "ann").await;
    drop((second, third, fourth));
    assert_eq!(streams.stats().ended(Reason::Limit), 3);
}

#[tokio::test(start_paused = true)]
async fn so_many_come_in_at_once_and_one_more_after_a_time() {
    let streams = Streams::builder().with_rate(3, SECOND).build();
    let burst = |expected: usize| {
        let refused = (0..10).filter(|_| cause(&streams, "") == Some(Cause::Rate)).count();
        assert_eq!(10 - refused, expected);
    };
    burst(3);
    advance(SECOND).await;
    burst(1);
    advance(100 * SECOND).await;
    burst(3);
}

#[tokio::test(start_paused = true)]
async fn who_is_refused_for_a_limit_takes_nothing_from_the_rate() {
    let streams = Streams::builder().with_max_open(1).with_rate(2, Duration::MAX).build();
    let body = open(&streams, "").await;
    assert_eq!([(); 5].map(|()| cause(&streams, "")), [Some(Cause::Full); 5]);
    drop(body);
    assert_eq!((cause(&streams, ""), cause(&streams, "")), (None, Some(Cause::Rate)));
}

#[tokio::test(start_paused = true)]
async fn a_limit_of_zero_lets_nobody_in() {
    assert_eq!(cause(&by_user().with_max_open(0).build(), "ann"), Some(Cause::Full));
    assert_eq!(cause(&by_user().with_rate(0, SECOND).build(), "ann"), Some(Cause::Rate));
    let per_key = by_user().with_max_per_key(0);
    assert_eq!(cause(&per_key.clone().build(), ""), None, "without a key");
    assert_eq!(cause(&per_key.clone().build(), "ann"), Some(Cause::KeyFull));
    assert_eq!(cause(&per_key.ending_oldest().build(), "ann"), Some(Cause::KeyFull));
}

#[tokio::test(start_paused = true)]
async fn a_key_function_that_panics_refuses_and_breaks_nothing() {
    let streams = Streams::builder().with_key(|request: &Parts| -> Option<Key> {
        if request.headers["user"] == "mad" { wanted_panic() } else { None }
    });
    let streams = streams.build();
    assert_eq!(cause(&streams, "mad"), Some(Cause::KeyPanicked));
    assert_eq!(cause(&streams, "ann"), None);
    assert_eq!((streams.open(), streams.stats().refused(Cause::KeyPanicked)), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn a_lifetime_ends_quiet_and_busy_streams() {
    let streams = Streams::builder().with_lifetime(10 * SECOND..=20 * SECOND).build();
    let start = Instant::now();
    let mut ends = Vec::new();
    for n in 0..40 {
        let busy = stream::unfold((), |()| async {
            tokio::time::sleep(SECOND / 10).await;
            Some((Ok(Event::new("tick")), ()))
        });
        let events = if n % 2 == 0 { stream::pending().boxed() } else { busy.boxed() };
        ends.push(read(open_with(&streams, "", Sse::new(events)).await));
    }
    for end in ends {
        let (_, at) = end.await.expect("no panic");
        assert!((10..=20).contains(&(at - start).as_secs()), "{:?}", at - start);
    }
    assert_eq!(streams.stats().ended(Reason::Lifetime), 40);
}

#[tokio::test(start_paused = true)]
async fn who_has_read_nothing_for_a_lifetime_gets_no_event_more() {
    let streams = Streams::new();
    let (sender, events) = channel();
    let sse = Sse::new(events).with_lifetime(20 * SECOND);
    let mut body = open_with(&streams, "", sse).await;
    // The host has no room for more, and does not ask.
    sender.send(Ok(Event::new("late"))).expect("open");
    advance(60 * SECOND).await;
    assert_eq!(next(&mut body).await, None);
    drop(body);
    assert_eq!(streams.stats().ended(Reason::Lifetime), 1);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_that_panics_is_answered_as_by_default() {
    let builder = Streams::builder().with_max_open(0).with_refusal(|_| wanted_panic());
    let refusal = builder.build().admit(&request("")).expect_err("there is no room");
    assert_eq!(refusal.cause(), Cause::Full);
    let mut body: Open = Box::pin(Sse::<Events>::refused(refusal).into_body());
    retry(&next(&mut body).await.expect("when to come back"));
}

#[tokio::test(start_paused = true)]
async fn the_shorter_lifetime_counts_and_none_is_needed_to_be_counted() {
    let start = Instant::now();
    let streams = Streams::builder().with_lifetime(60 * SECOND..=60 * SECOND).build();
    let sse = || Sse::new(stream::pending::<Item>().boxed()).with_lifetime(20 * SECOND);
    let (_, at) = read(open_with(&streams, "", sse()).await).await.expect("no panic");
    assert_eq!((at - start).as_secs(), 20);
    let kept_alive = sse().with_keep_alive(KeepAlive::every(6 * SECOND)).into_body();
    let (text, at) = read(Box::pin(kept_alive)).await.expect("no panic");
    assert_eq!((&*text, (at - start).as_secs()), (":\n\n:\n\n:\n\n:\n\n", 40));
    let never = Sse::new(stream::pending::<Item>().boxed()).with_lifetime(Duration::MAX);
    let mut never: Open = Box::pin(never.without_keep_alive().into_body());
    assert_eq!(next(&mut never).await.as_deref(), Some(":\n\n"));
    assert_eq!(next(&mut never).now_or_never(), None);
}
