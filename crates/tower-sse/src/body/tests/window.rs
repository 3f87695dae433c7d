use std::task::Waker;

use super::*;

#[tokio::test(start_paused = true)]
async fn a_window_serves_a_burst_at_once_and_delays_no_lone_event() {
    let (sender, mut body) = channel(|sse| sse.with_window(SECOND));
    assert_eq!(poll(&mut body).await, some(":\n\n"));
    assert_eq!(poll(&mut body).await, None);

    sender.send(Event::new("lone")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: lone\n\n"), "a sign of life opens no window");

    sender.send(Event::new("a")).expect("open");
    assert_eq!(poll(&mut body).await, None, "the window is closed");
    advance(SECOND / 2).await;
    sender.send(Event::new("b")).expect("open");
    assert_eq!(poll(&mut body).await, None, "the window is closed");
    let started = Instant::now();
    assert_eq!(next(&mut body).await, "data: a\n\ndata: b\n\n");
    assert_eq!(started.elapsed().as_millis().div_ceil(10), 50);

    advance(2 * SECOND).await;
    sender.send(Event::new("late")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: late\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_with_more_than_a_frame_does_not_rest() {
    let events = stream::iter((0..1000).map(|_| Event::new("x".repeat(92))));
    let mut body = Box::pin(Sse::new(events).with_window(SECOND).into_body());
    let started = Instant::now();
    let mut len = 0;
    while !body.is_end_stream() {
        let frame = next(&mut body).await;
        assert!(frame.len() <= 16 * 1024);
        len += frame.len();
    }
    assert_eq!(len, 100_000);
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_channel_with_more_than_its_share_does_not_rest() {
    let (sender, mut body) = channel(|sse| sse.with_window(SECOND));
    for _ in 0..1000 {
        sender.send(Event::new("x")).expect("open");
    }
    let started = Instant::now();
    let mut len = 0;
    while len < 1000 * "data: x\n\n".len() {
        len += next(&mut body).await.len();
    }
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_rest_follows_a_frame_of_what_was_left() {
    let (sender, mut body) = channel(|sse| sse.with_window(SECOND));
    for _ in 0..17 {
        sender.send(Event::new("x".repeat(992))).expect("open");
    }
    assert_eq!(next(&mut body).await.len(), 16_000);
    assert_eq!(next(&mut body).await.len(), 1_000);
    sender.send(Event::new("late")).expect("open");
    assert_eq!(poll(&mut body).await, None);
}

#[tokio::test(start_paused = true)]
async fn a_retry_at_the_head_opens_no_window() {
    let (sender, mut body) = channel(|sse| sse.with_retry(SECOND).with_window(SECOND));
    assert_eq!(poll(&mut body).await, some("retry: 1000\n\n"));
    sender.send(Event::new("a")).expect("open");
    assert_eq!(poll(&mut body).await, some("data: a\n\n"));
}

#[tokio::test(start_paused = true)]
async fn a_window_costs_one_wake_for_many_events() {
    struct Wakes(AtomicUsize);
    impl std::task::Wake for Wakes {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let (sender, mut body) = channel(|sse| sse.with_window(SECOND));
    let wakes = Arc::new(Wakes(AtomicUsize::new(0)));
    let waker = Waker::from(wakes.clone());
    let mut cx = Context::from_waker(&waker);
    sender.send(Event::new("a")).expect("open");
    assert!(body.as_mut().poll_frame(&mut cx).is_ready());
    assert!(body.as_mut().poll_frame(&mut cx).is_pending());
    for _ in 0..10 {
        sender.send(Event::new("b")).expect("open");
    }
    assert_eq!(wakes.0.load(Ordering::Relaxed), 0);
    advance(2 * SECOND).await;
    assert_eq!(wakes.0.load(Ordering::Relaxed), 1);
    assert!(body.as_mut().poll_frame(&mut cx).is_ready());
}
