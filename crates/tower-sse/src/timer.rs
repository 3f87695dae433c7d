//! One timer for all that a body waits for.

use std::cell::Cell;
use std::future::Future;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;
use tokio::task::coop;
use tokio::time::{Instant, Sleep, sleep_until};

/// A timer whose deadline may be put off for nothing: only when it fires too early, or is wanted
/// earlier than it was set, is the runtime's clock touched.
#[derive(Default)]
pub(crate) struct Timer {
    // None where the host keeps the time.
    alarm: Option<Pin<Box<Alarm>>>,
}

pin_project! {
    struct Alarm {
        #[pin]
        sleep: Sleep,
        // Whom it will wake, for as long as it has not.
        waker: WakerId,
    }
}

impl Timer {
    /// Whether it will wake this waker, and has not yet.
    #[inline]
    pub(crate) fn is_waiting(&self, waker: &Waker) -> bool {
        let is_waiting = |alarm: &Pin<Box<Alarm>>| {
            alarm.waker == WakerId::of(waker) && !alarm.sleep.is_elapsed()
        };
        self.alarm.as_ref().is_some_and(is_waiting)
    }

    /// Waits until `deadline`, whatever it waited for before.
    pub(crate) fn poll_until(&mut self, deadline: Instant, cx: &mut Context<'_>) -> Poll<()> {
        if self.alarm.is_none() {
            if let Some(poll) = HostTime::poll_until(deadline, cx.waker()) {
                return poll;
            }
        }
        let set = || Box::pin(Alarm { sleep: sleep_until(deadline), waker: WakerId::default() });
        let mut alarm = self.alarm.get_or_insert_with(set).as_mut().project();
        if alarm.sleep.deadline() > deadline {
            alarm.sleep.as_mut().reset(deadline);
        }
        // A sleep of a task that has had its share does not listen: it has the task come again.
        let listens = coop::has_budget_remaining();
        *alarm.waker = if listens { WakerId::of(cx.waker()) } else { WakerId::default() };
        while alarm.sleep.as_mut().poll(cx).is_ready() {
            if alarm.sleep.deadline() >= deadline {
                *alarm.waker = WakerId::default();
                return Poll::Ready(());
            }
            alarm.sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

/// Polls a body for a host that has one timer for many bodies: what the body would have a timer of
/// its own for is given back, as when to poll it again at the latest.
///
/// It counts for who passes on `waker`: whoever waits with another one has its own timer. The host may
/// put it off as long as a body is written to that it [looks into](crate::lend), so that one has to be
/// the only one that waits with this waker.
#[doc(hidden)]
pub fn poll_timed<T>(
    now: Instant,
    waker: &Waker,
    poll: impl FnOnce() -> T,
) -> (T, Option<Instant>) {
    let mine = HostTime { now, waker: WakerId::of(waker), next: None };
    // Also when it panics.
    let _before = Before(HOST_TIME.replace(Some(mine)));
    let polled = poll();
    (polled, HOST_TIME.get().and_then(|time| time.next))
}

/// What a host that keeps the time says, and is told, while it polls a body.
#[derive(Clone, Copy)]
struct HostTime {
    now: Instant,
    waker: WakerId,
    next: Option<Instant>,
}

thread_local! {
    static HOST_TIME: Cell<Option<HostTime>> = const { Cell::new(None) };
}

impl HostTime {
    /// Has the host poll again at `deadline`, if it keeps the time of who waits with this waker.
    fn poll_until(deadline: Instant, waker: &Waker) -> Option<Poll<()>> {
        let mut time = HOST_TIME.get().filter(|time| time.waker == WakerId::of(waker))?;
        if time.now >= deadline {
            return Some(Poll::Ready(()));
        }
        time.next = Some(time.next.map_or(deadline, |next| next.min(deadline)));
        HOST_TIME.set(Some(time));
        Some(Poll::Pending)
    }
}

struct Before(Option<HostTime>);

impl Drop for Before {
    fn drop(&mut self) {
        HOST_TIME.set(self.0);
    }
}

/// Which waker it is, for as long as somebody keeps it alive; by default none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct WakerId(usize, usize);

impl WakerId {
    fn of(waker: &Waker) -> Self {
        Self(waker.data().addr(), ptr::from_ref(waker.vtable()).addr())
    }
}
