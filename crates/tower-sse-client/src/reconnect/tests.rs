use std::time::Duration;

use http::{HeaderMap, HeaderValue, StatusCode};

use super::{Next, Reconnect};
use crate::Policy;
use crate::error::{Error, Kind, Redirect};

const MS: fn(u64) -> Duration = Duration::from_millis;

/// A client, its server and a clock, none of which is real.
struct World {
    now: Duration,
    reconnect: Reconnect,
}

impl World {
    fn new(policy: Policy) -> Self {
        Self { now: Duration::ZERO, reconnect: Reconnect::new(policy) }
    }

    /// A connection that is open for this time, then ends; gives the wait after it.
    fn lives(&mut self, time: Duration, chance: f64) -> Duration {
        self.now += time;
        self.after(&Kind::Ended.into(), Some(time), chance)
    }

    /// A connection that could not be made; gives the wait after it.
    fn refused(&mut self, chance: f64) -> Duration {
        self.after(&Kind::Connect("refused".into()).into(), None, chance)
    }

    fn answers(&mut self, status: u16, after: Option<Duration>) -> Next {
        let status = StatusCode::from_u16(status).expect("a status");
        self.reconnect.handle_end(&Kind::Status(status, after).into(), None, 0.0)
    }

    fn after(&mut self, error: &Error, open: Option<Duration>, chance: f64) -> Duration {
        match self.reconnect.handle_end(error, open, chance) {
            Next::Wait(wait) => {
                self.now += wait;
                wait
            }
            next => panic!("{next:?} after {error}"),
        }
    }
}

#[test]
fn waits_as_long_as_the_server_asked_for_and_up_to_a_fifth_more() {
    let mut world = World::new(Policy::new());
    assert_eq!(world.lives(MS(0), 0.0), MS(3000));
    world.reconnect.handle_event();
    assert_eq!(world.lives(MS(0), 1.0), MS(3600));

    world.reconnect.handle_event();
    world.reconnect.handle_retry(Some(MS(800)));
    assert_eq!(world.lives(MS(0), 0.0), MS(800));
    world.reconnect.handle_event();
    assert_eq!(world.lives(MS(0), 1.0), MS(960));
    // A connection without a retry changes nothing.
    world.reconnect.handle_event();
    world.reconnect.handle_retry(None);
    assert_eq!(world.lives(MS(0), 0.0), MS(800));
}

#[test]
fn the_longest_wait_doubles_up_to_the_cap_and_the_shortest_stays() {
    let mut world = World::new(Policy::new().with_delay(MS(1000)).with_max_delay(MS(10_000)));
    let longest: Vec<_> = (0..7).map(|_| world.refused(1.0)).collect();
    assert_eq!(longest, [1200, 2000, 4000, 8000, 10_000, 10_000, 10_000].map(MS));
    assert_eq!(world.refused(0.0), MS(1000));
    assert_eq!(world.refused(0.5), MS(5500));
}

#[test]
fn failures_are_forgotten_after_an_event_or_a_long_life() {
    let policy = Policy::new().with_delay(MS(1000)).with_reset_after(MS(30_000));
    let mut world = World::new(policy);
    for _ in 0..5 {
        world.refused(1.0);
    }
    // A server that answers but brings nothing is a failure like any other.
    assert_eq!(world.lives(MS(29_999), 1.0), MS(32_000));
    assert_eq!(world.lives(MS(30_000), 1.0), MS(1200));
    assert_eq!(world.refused(1.0), MS(2000));
    world.reconnect.handle_event();
    assert_eq!(world.lives(MS(1), 1.0), MS(1200));
}

#[test]
fn wishes_of_the_server_are_cut() {
    let mut world = World::new(Policy::new());
    world.reconnect.handle_retry(Some(MS(0)));
    assert_eq!(world.lives(MS(0), 0.0), MS(100));
    world.reconnect.handle_event();
    world.reconnect.handle_retry(Some(MS(1_000_000_000_000)));
    assert_eq!(world.lives(MS(0), 0.0), MS(300_000));
    world.reconnect.handle_retry(Some(Duration::MAX));
    assert_eq!(world.lives(MS(0), 0.0), MS(300_000));

    let mut world = World::new(Policy::new());
    assert_eq!(world.answers(503, Some(MS(20_000))), Next::Wait(MS(20_000)));
    assert_eq!(world.answers(429, Some(Duration::MAX)), Next::Wait(MS(300_000)));
    // It may ask for more time, not for less.
    assert_eq!(world.answers(503, Some(MS(0))), Next::Wait(MS(3000)));
}

#[test]
fn nothing_makes_it_come_back_at_once() {
    let mut world = World::new(Policy::new());
    world.reconnect.handle_retry(Some(MS(0)));
    for round in 0..10_000 {
        // The worst: each connection brings an event and ends.
        world.reconnect.handle_event();
        assert!(world.lives(MS(0), f64::from(round % 10) / 10.0) >= MS(100));
    }
    assert!(world.now >= MS(1_000_000));
    for _ in 0..10_000 {
        assert!(world.refused(0.0) >= MS(100));
    }

    let zero = Duration::ZERO;
    let mut world = World::new(Policy::new().with_delay(zero).with_retry_within(zero..=zero));
    assert_eq!(world.refused(0.0), zero);
    for _ in 0..10 {
        assert!(world.refused(0.0) >= MS(100));
    }
}

#[test]
fn odd_settings_do_not_panic() {
    let zero = Duration::ZERO;
    let settings = [
        Policy::new().with_delay(zero).with_max_delay(zero).with_retry_within(zero..=zero),
        Policy::new().with_delay(Duration::MAX).with_max_delay(Duration::MAX),
        Policy::new().with_retry_within(MS(10)..=MS(5)),
    ];
    for policy in settings {
        let mut world = World::new(policy);
        world.reconnect.handle_retry(Some(MS(1)));
        for _ in 0..100 {
            let next = world.reconnect.handle_end(&Kind::Ended.into(), None, 0.999);
            assert!(matches!(next, Next::Wait(_)), "{next:?}");
        }
    }
}

#[test]
fn statuses_are_final_or_not() {
    let next = |status| World::new(Policy::new()).answers(status, None);
    assert_eq!(next(204), Next::End);
    for status in [408, 425, 429, 500, 502, 503, 504, 520, 599] {
        assert!(matches!(next(status), Next::Wait(_)), "{status}");
    }
    for status in [201, 205, 210, 300, 304, 400, 401, 403, 404, 405, 406, 410, 451, 501, 505] {
        assert_eq!(next(status), Next::Fail, "{status}");
    }
    let mut browser = World::new(Policy::new().with_final(|_| true));
    assert_eq!(browser.answers(503, None), Next::Fail);
    assert_eq!(browser.answers(204, None), Next::End);
}

#[test]
fn what_no_wait_mends_is_final() {
    for kind in [
        Kind::MediaType(None),
        Kind::Encoding(HeaderValue::from_static("gzip")),
        Kind::Redirect(Redirect::TooMany),
        Kind::Address,
        Kind::LastEventId,
    ] {
        let error = Error::from(kind);
        let next = Reconnect::new(Policy::new()).handle_end(&error, None, 0.0);
        assert_eq!(next, Next::Fail, "{error}");
    }
}

#[test]
fn gives_up_after_so_many_failures_in_a_row() {
    let mut reconnect = Reconnect::new(Policy::new().with_max_failures(2));
    let fail = |reconnect: &mut Reconnect| {
        reconnect.handle_end(&Kind::Connect("refused".into()).into(), None, 0.0)
    };
    assert!(matches!(fail(&mut reconnect), Next::Wait(_)));
    assert!(matches!(fail(&mut reconnect), Next::Wait(_)));
    reconnect.handle_event();
    assert!(matches!(fail(&mut reconnect), Next::Wait(_)));
    assert!(matches!(fail(&mut reconnect), Next::Wait(_)));
    assert_eq!(fail(&mut reconnect), Next::Fail);
}

#[test]
fn reads_both_forms_of_retry_after() {
    let read = |value: &'static str| {
        let mut headers = HeaderMap::new();
        headers.insert("retry-after", HeaderValue::from_static(value));
        crate::retry_after::retry_after(&headers)
    };
    assert_eq!(read("120"), Some(Duration::from_secs(120)));
    assert_eq!(read("99999999999999999999999"), Some(Duration::from_secs(u64::MAX)));
    assert_eq!(read("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
    assert!(read("Fri, 31 Dec 2100 23:59:59 GMT").is_some_and(|wait| wait > MS(1_000_000)));
    for value in ["", "-1", "1.5", "soon"] {
        assert_eq!(read(value), None, "{value:?}");
    }
}
