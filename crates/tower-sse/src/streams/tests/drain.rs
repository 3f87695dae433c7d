use super::*;

/// How much longer a drain takes, so that what was said last is written.
const WORDS: Duration = Duration::from_millis(100);

/// Drains, while the streams are read, and tells how long it took.
async fn drain(streams: &Streams, budget: Duration) -> Duration {
    let start = Instant::now();
    streams.drain(budget).await;
    start.elapsed()
}

#[tokio::test(start_paused = true)]
async fn closes_evenly_with_a_retry_that_differs() {
    const COUNT: usize = 500;
    let streams = Streams::builder().with_retry(SECOND..=9 * SECOND).build();
    let mut tasks = Vec::new();
    for _ in 0..COUNT {
        tasks.push(read(open(&streams, "").await));
    }
    tokio::task::yield_now().await;
    let start = Instant::now();
    let took = drain(&streams, 5 * SECOND).await;
    assert!(took < 5 * SECOND, "{took:?}");
    assert_eq!((streams.open(), streams.stats().ended(Reason::Drained)), (0, COUNT as u64));

    let (mut slots, mut retries, mut order) = ([0; 49], Vec::new(), Vec::new());
    for task in tasks {
        let (text, at) = task.await.expect("no panic");
        retries.push(retry(&text));
        order.push(at);
        slots[(at - start).as_millis() as usize / 100] += 1;
    }
    for slot in slots {
        assert!((9..=12).contains(&slot), "500 in 49 slots: {slots:?}");
    }
    assert!(!order.is_sorted(), "a random order");
    retries.sort_unstable();
    assert!(retries[0] >= 1000 && retries[0] < 1200, "{}", retries[0]);
    assert!(retries[COUNT - 1] <= 9000 && retries[COUNT - 1] > 8800, "{}", retries[COUNT - 1]);
}

#[tokio::test(start_paused = true)]
async fn refuses_new_streams_from_the_start() {
    let streams = Streams::new();
    let body = open(&streams, "").await;
    assert!(!streams.is_draining());
    let mut draining = Box::pin(streams.drain(5 * SECOND));
    assert_eq!((&mut draining).now_or_never(), None);
    assert!(streams.is_draining());
    let refusal = streams.admit(&request("")).expect_err("a drain has begun");
    assert_eq!(refusal.cause(), Cause::Draining);
    assert_eq!(streams.stats().refused(Cause::Draining), 1);
    drop(body);
    draining.await;
}

#[tokio::test(start_paused = true)]
async fn says_a_last_event_whatever_its_size() {
    let long = "x".repeat(1 << 20);
    for data in ["bye", &long] {
        let retry = SECOND..=SECOND;
        let streams =
            Streams::builder().with_retry(retry).with_last_event(Event::new(data)).build();
        let task = read(open(&streams, "").await);
        drain(&streams, SECOND).await;
        let (text, _) = task.await.expect("no panic");
        let mut expected = BytesMut::new();
        Event::new(data).with_retry(SECOND).encode(&mut expected);
        assert!(text.as_bytes() == expected, "{} bytes", text.len());
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_always_ready_says_it_too() {
    let streams = Streams::new();
    let mut bodies = Vec::new();
    for _ in 0..8 {
        let events = stream::repeat_with(|| Item::Ok(Event::new("x".repeat(1000)))).boxed();
        let permit = streams.admit(&request("")).expect("there is room");
        bodies.push(Box::pin(Sse::new(events).with_permit(permit).into_body()) as Open);
    }
    // At whatever point of its turn each is.
    for (frames, body) in bodies.iter_mut().enumerate() {
        for _ in 0..frames {
            let _ = next(body).now_or_never();
        }
    }
    streams.drain(Duration::ZERO).await;
    for mut body in bodies {
        let mut all = String::new();
        while let Some(frame) = next(&mut body).await {
            all += &frame;
        }
        let start = all.find("retry: ").expect("a retry");
        retry(&all[start..]);
    }
}

#[tokio::test(start_paused = true)]
async fn finite_streams_have_time_and_no_more() {
    let streams = Streams::new();
    let ends_in = |time| {
        let end = async move {
            tokio::time::sleep(time).await;
            Ok(Event::new("done"))
        };
        Sse::new(stream::once(end).boxed()).finite()
    };
    let soon = read(open_with(&streams, "", ends_in(3 * SECOND)).await);
    let late = read(open_with(&streams, "", ends_in(30 * SECOND)).await);
    tokio::task::yield_now().await;
    let start = Instant::now();
    assert!(drain(&streams, 5 * SECOND).await <= 5 * SECOND);
    let (text, at) = soon.await.expect("no panic");
    assert_eq!((&*text, at - start), ("data: done\n\n", 3 * SECOND));
    let (text, at) = late.await.expect("no panic");
    retry(&text);
    assert!(at - start >= 4900 * SECOND / 1000, "{:?}", at - start);
    let stats = streams.stats();
    assert_eq!((stats.ended(Reason::Finished), stats.ended(Reason::Drained)), (1, 1));
}

/// A permit of which the answer comes in the middle of a drain.
async fn answers_late(
    streams: &Streams,
    sse: Sse<Events>,
) -> tokio::task::JoinHandle<(String, Instant)> {
    let permit = streams.admit(&request("")).expect("there is room");
    tokio::spawn(async move {
        tokio::time::sleep(2 * SECOND).await;
        let (mut body, mut all): (Open, _) =
            (Box::pin(sse.with_permit(permit).into_body()), String::new());
        while let Some(frame) = next(&mut body).await {
            all += &frame;
        }
        (all, Instant::now())
    })
}

#[tokio::test(start_paused = true)]
async fn what_is_answered_late_may_end_by_itself_too() {
    let events = || {
        let ticks = stream::iter(0..2).then(|tick| async move {
            tokio::time::sleep(SECOND).await;
            Ok(Event::new(tick.to_string()))
        });
        ticks.boxed()
    };
    let streams = Streams::new();
    let start = Instant::now();
    let finite = answers_late(&streams, Sse::new(events()).finite().without_keep_alive()).await;
    let endless = Sse::new(events().chain(stream::pending()).boxed()).without_keep_alive();
    let endless = answers_late(&streams, endless).await;
    drain(&streams, 10 * SECOND).await;
    let (text, at) = finite.await.expect("no panic");
    assert_eq!((&*text, at - start), (":\n\ndata: 0\n\ndata: 1\n\n", 4 * SECOND));
    let (text, at) = endless.await.expect("no panic");
    let last = text.strip_prefix(":\n\ndata: 0\n\ndata: 1\n\n");
    retry(last.expect("nothing of it is lost"));
    assert!(at - start <= 10 * SECOND, "{:?}", at - start);
}

#[tokio::test]
async fn what_is_done_at_the_end_of_a_stream_is_done_before() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let (begins, begun) = tokio::sync::oneshot::channel();
    let streams = {
        let (told, begins) = (Arc::clone(&told), Mutex::new(Some(begins)));
        let on_end = move |_: &OpenStream, reason| {
            let begins = begins.lock().expect("no panic").take().expect("it ends once");
            begins.send(()).expect("somebody waits");
            std::thread::sleep(Duration::from_millis(300));
            told.lock().expect("no panic").push(reason);
        };
        Streams::builder().on_end(on_end).build()
    };
    let body = open(&streams, "").await;
    std::thread::spawn(move || drop(body));
    begun.await.expect("it ends");
    streams.drain(10 * SECOND).await;
    assert_eq!(*told.lock().expect("no panic"), [Reason::ClientGone]);
}

#[tokio::test(start_paused = true)]
async fn returns_at_once_when_all_are_gone() {
    let streams = Streams::new();
    assert_eq!(drain(&streams, 5 * SECOND).await, Duration::ZERO);

    let streams = Streams::new();
    let bodies = (open(&streams, "").await, open(&streams, "").await);
    let clients = async {
        tokio::time::sleep(SECOND).await;
        drop(bodies);
    };
    let (took, ()) = tokio::join!(drain(&streams, 60 * SECOND), clients);
    assert_eq!(took, SECOND + WORDS, "and what the host has is written");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_not_polled_does_not_hold_it_up() {
    let streams = Streams::new();
    let mut stalled = open(&streams, "").await;
    assert_eq!(drain(&streams, 5 * SECOND).await, 5 * SECOND);
    assert_eq!(streams.open(), 1);
    retry(&next(&mut stalled).await.expect("a last frame"));
    assert_eq!(next(&mut stalled).await, None);
    drop(stalled);
    assert_eq!(streams.stats().ended(Reason::Drained), 1);
}

#[tokio::test(start_paused = true)]
async fn without_a_budget_all_are_told_and_nothing_is_waited_for() {
    let streams = Streams::new();
    let mut bodies = [open(&streams, "").await, open(&streams, "").await];
    assert_eq!(drain(&streams, Duration::ZERO).await, Duration::ZERO);
    for body in &mut bodies {
        retry(&next(body).await.expect("a last frame"));
    }
}

#[tokio::test(start_paused = true)]
async fn of_two_drains_the_sooner_one_counts() {
    let streams = Streams::new();
    let mut tasks = Vec::new();
    for _ in 0..10 {
        tasks.push(read(open(&streams, "").await));
    }
    tokio::task::yield_now().await;
    let again = async {
        tokio::time::sleep(SECOND).await;
        drain(&streams, SECOND).await
    };
    let (first, second) = tokio::join!(drain(&streams, 100 * SECOND), again);
    assert!(second < SECOND && first < 2 * SECOND, "{first:?}, {second:?}");
    assert_eq!(drain(&streams, SECOND).await, Duration::ZERO, "and again");
    assert_eq!(streams.stats().ended(Reason::Drained), 10);
}

#[tokio::test(start_paused = true)]
async fn a_drain_that_is_given_up_can_be_had_again() {
    let streams = Streams::new();
    let bodies: Vec<_> = [open(&streams, "").await, open(&streams, "").await].map(read).into();
    tokio::task::yield_now().await;
    assert_eq!(streams.drain(Duration::MAX).now_or_never(), None);
    tokio::task::yield_now().await;
    assert_eq!((streams.open(), streams.is_draining()), (1, true));
    streams.drain(SECOND).await;
    for body in bodies {
        retry(&body.await.expect("no panic").0);
    }
}
