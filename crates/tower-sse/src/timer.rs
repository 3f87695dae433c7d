//! One timer for all that a body waits for.

use std::future::Future;
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll, Waker};

use pin_project_lite::pin_project;
use tokio::task::coop;
use tokio::time::{Instant, Sleep, sleep_until};

pin_project! {
    /// A timer whose deadline may be put off for nothing: only when it fires too early, or is
    /// wanted earlier than it was set, is the runtime's clock touched.
    #[derive(Default)]
    pub(crate) struct Timer {
        #[pin]
        sleep: Option<Sleep>,
        // Whom the sleep will wake, for as long as it has not.
        waker: Option<WakerId>,
    }
}

impl Timer {
    /// Whether it will wake this waker, and has not yet.
    pub(crate) fn is_waiting(&self, waker: &Waker) -> bool {
        self.waker == Some(WakerId::of(waker))
            && self.sleep.as_ref().is_some_and(|sleep| !sleep.is_elapsed())
    }

    /// Waits until `deadline`, whatever it waited for before.
    pub(crate) fn poll_until(
        self: Pin<&mut Self>,
        deadline: Instant,
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let this = self.project();
        let mut sleep = this.sleep;
        if sleep.is_none() {
            sleep.set(Some(sleep_until(deadline)));
        }
        let mut sleep = sleep.as_pin_mut().expect("a sleep was set");
        if sleep.deadline() > deadline {
            sleep.as_mut().reset(deadline);
            *this.waker = None;
        }
        // A sleep of a task that has had its share does not listen: it has the task come again.
        *this.waker = coop::has_budget_remaining().then(|| WakerId::of(cx.waker()));
        while sleep.as_mut().poll(cx).is_ready() {
            if sleep.deadline() >= deadline {
                *this.waker = None;
                return Poll::Ready(());
            }
            sleep.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

/// Which waker it is, for as long as somebody keeps it alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct WakerId(usize, usize);

impl WakerId {
    fn of(waker: &Waker) -> Self {
        Self(waker.data().addr(), ptr::from_ref(waker.vtable()).addr())
    }
}
