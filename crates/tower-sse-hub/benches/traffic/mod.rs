//! What the benches publish, and how they read it.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tower_sse_hub::{Event, EventId, Hub, Stream, Subscription};

const DATA: &str = "an event of 64 bytes, for one who waits or for ten thousand more";

pub(crate) fn publish(hub: &Hub, topic: &str) -> EventId {
    hub.publish_now(topic, Event::new(DATA)).expect("a short event")
}

/// Reads until there is nothing more and it waits, and tells how many events it got.
pub(crate) fn drain(subscription: &mut Subscription) -> usize {
    let mut cx = Context::from_waker(Waker::noop());
    let mut events = 0;
    loop {
        match Pin::new(&mut *subscription).poll_next(&mut cx) {
            Poll::Ready(Some(ready)) => events += ready.events(),
            Poll::Ready(None) => panic!("the stream has ended"),
            Poll::Pending => return events,
        }
    }
}
