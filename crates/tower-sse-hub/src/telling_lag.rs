//! A subscription, the end of which says whether it was too slow.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use tower_sse_codec::{Encoded, Lagged};

use crate::Subscription;

/// A [`Subscription`] that ends by an error if it was too slow: see
/// [`Subscription::telling_lag`].
#[derive(Debug)]
#[must_use = "streams do nothing unless polled"]
pub struct TellingLag {
    subscription: Subscription,
    has_told: bool,
}

impl TellingLag {
    pub(crate) fn new(subscription: Subscription) -> Self {
        Self { subscription, has_told: false }
    }
}

impl Stream for TellingLag {
    type Item = Result<Encoded, Lagged>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Encoded, Lagged>>> {
        let next = ready!(Pin::new(&mut self.subscription).poll_next(cx));
        let lags = next.is_none() && self.subscription.has_lagged() && !self.has_told;
        self.has_told |= lags;
        Poll::Ready(if lags { Some(Err(Lagged)) } else { next.map(Ok) })
    }
}
